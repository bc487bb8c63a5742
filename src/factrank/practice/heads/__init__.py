"""How wide are the heads that others trained, and how much of their widths do they use?"""
