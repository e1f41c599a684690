"""What the statements of several reports share."""

#: A column without a value, which shares have on a row. It also keeps the statement
#: apart: PostgreSQL 18 merges a plain subquery into a statement with grouping sets, as
#: pivots send it, and then applies no condition before everything is computed. It
#: leaves a volatile column alone, and so conditions reach the indexes.
NO_VALUE = "CASE WHEN random() < 0 THEN 0::float8 END"
