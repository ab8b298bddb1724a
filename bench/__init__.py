"""The transfer job measured on real parts, beside the same job written plainly (README.md)."""
