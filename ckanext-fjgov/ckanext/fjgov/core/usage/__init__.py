"""The log of uses (使用记录): what a use leaves behind, and the proof that nothing was changed."""
