"""The collection catalog (采集目录, Art. 6–8): what units collect, and what is collected twice."""
