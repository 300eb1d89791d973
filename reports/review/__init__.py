"""The tables of the yearly review, R1 to R13: what the ministry's forms ask of a ward and of the district."""
