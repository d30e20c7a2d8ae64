"""What functions take in place of the type they want: fractions as integers, numbers as strings, and back."""


def run(spark, t):
    for text in ("from_unixtime(1.5D)", "substring('abcd', 2.0D, 1.9D)", "repeat('a', 2.5)", "lpad('a', 3.0D, 'b')",
                 "date_add(DATE'2024-01-01', 1.5D)", "timestamp_seconds(1.5D)", "left('abc', 1.5D)",
                 "shiftleft(1, 2L)", "chr(65.5D)", "bit_count(1.5D)", "conv(10.5D, 10, 2)", "space(2.2D)",
                 "make_date(2024.5D, 1, 1)", "substring_index('a.b.c', '.', 2.0D)", "from_unixtime('12')",
                 "date_add('2024-01-01', '1')", "pow('2', 3)", "factorial(3.0D)", "locate('a', 'ba', 1.5D)",
                 "add_months(DATE'2024-01-01', 1.5D)", "slice(array(1,2,3), 1.5D, 1)", "split_part('a,b', ',', 2L)",
                 "upper(1)", "length(12.5)", "hour('2024-01-01 05:00:00')", "year(TIMESTAMP'2024-01-01 00:00:00')",
                 "isnan('a')", "sqrt('4')", "abs('-3')", "sum('3')", "avg('3')", "'3' + 1", "1 || 2"):
        t.attempt(text, lambda s=text: spark.sql("SELECT " + s))
