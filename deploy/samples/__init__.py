"""示例目录: three sample catalogs, authored by hand in a compact form (README.md says how).

The stack loads them into fresh nodes; the search tests judge against them. Everything here is
invented and carries `is_sample`.
"""

from deploy.samples.expand import NODE_KEYS, Samples, load_samples

__all__ = ["NODE_KEYS", "Samples", "load_samples"]
