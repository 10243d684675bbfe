"""The figures of reports: what is counted of each call, how sums are kept, what is made of them. Pure."""
