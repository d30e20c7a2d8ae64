"""VALUES with names, inline tables, literals of every kind, range."""


def run(spark, t):
    for text in ("SELECT * FROM VALUES (1, 'a'), (2, NULL) AS t(k, v)",
                 "SELECT k + 1 AS n, v FROM VALUES (1, 'a'), (2, 'b') t(k, v) WHERE k > 1",
                 "SELECT * FROM (VALUES (1, 2.5), (3, 4.25)) AS t(a, b)",
                 "SELECT * FROM VALUES (1), (2)", "VALUES (1, 'x'), (2, 'y')",
                 "SELECT t.a, sum(b) FROM VALUES ('x', 1), ('y', 2), ('x', 3) AS t(a, b) GROUP BY a",
                 "SELECT * FROM range(3)", "SELECT id * 2 AS d FROM range(1, 10, 4)",
                 "SELECT 1, 1L, 1.5, 1.5D, 1e3, 1.5BD, 'x', true, NULL, 1S, 1Y, X'1F', 2.0F",
                 "SELECT DATE '2024-01-02' AS d, TIMESTAMP '2024-01-02 03:04:05' AS t, "
                 "TIMESTAMP_NTZ '2024-01-02 03:04:05' AS n",
                 "SELECT INTERVAL 1 DAY AS a, INTERVAL '1' HOUR AS b, INTERVAL '1-2' YEAR TO MONTH AS c",
                 "SELECT array(1, 2) AS a, map('k', 1) AS m, named_struct('x', 1, 'y', 'z') AS s, struct(1, 'a') AS p",
                 "SELECT 'it''s' AS a, \"double\" AS b, 'a\\nb' AS c, r'a\\nb' AS d, 'a' 'b' AS e",
                 "SELECT -1 AS a, - 2.5 AS b, +3 AS c, ~4 AS d, 5 DIV 2 AS e, 5 % 3 AS f, 7 & 3 AS g, 1 || 2 AS h",
                 "SELECT CAST('1' AS INT) + 1 AS a, '2'::INT AS b, int('3') AS c, CAST(1 AS DECIMAL(5,2)) AS d",
                 "SELECT NOT true AS a, 1 = 1 AND 2 > 3 OR true AS b, 1 <=> NULL AS c, 1 <> 2 AS d, 1 != 1 AS e",
                 "SELECT 1 IN (1, 2) AS a, NULL IN (1) AS b, 3 BETWEEN 1 AND 5 AS c, 'abc' LIKE '_b%' AS d",
                 "SELECT CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END AS a, IF(1 > 2, 3, 4) AS b, nullif(1, 1) AS c",
                 "SELECT 9223372036854775808 AS a, 2147483648 AS b, 0.1 + 0.2 AS c, 1/3 AS d, 1.0/3 AS e",
                 "SELECT 1 AS a UNION ALL SELECT 2 ORDER BY a DESC LIMIT 1",
                 "SELECT count(*), sum(id), avg(id), min(id), max(id) FROM range(10)",
                 "SELECT id % 2 AS p, count(*) AS n FROM range(5) GROUP BY 1 ORDER BY 1",
                 "SELECT id % 2 AS p, count(*) AS n FROM range(5) GROUP BY p",
                 "SELECT id % 2 AS p, sum(id) AS n FROM range(5) GROUP BY ALL",
                 "SELECT /* hint */ 1 -- trailing\n AS one",
                 "SELECT current_date() IS NOT NULL AS a, now() >= current_timestamp() AS b",
                 "SELECT explode(array(1, 2)) AS e", "SELECT posexplode(array('a', 'b'))",
                 "SELECT transform(array(1, 2), x -> x + 1) AS t, filter(array(1, 2, 3), x -> x > 1) AS f"):
        t.attempt(text, lambda s=text: spark.sql(s))
    for text in ("SELECT 1 +", "SELECT * FROM VALUES (1, 2), (3) AS t(a, b)",
                 "SELECT * FROM VALUES (1, 2) AS t(a)", "SELECT 'a' + 1", "SELECT unknown(1)", "SELECT 1 AS a WHERE b = 1",
                 "SELECT CAST('x' AS INT)", "SELECT 1 / 0", "SELECT a FROM VALUES (1) AS t(b)", "SELECT (1", "SELECT 'open",
                 "SELECT count(*) FROM range(3) WHERE count(*) > 1", "SELECT id FROM range(3) GROUP BY id % 2",
                 "SELECT DATE '2024-13-01'", "SELECT 99999999999999999999999999999999999999999"):
        t.attempt(text, lambda s=text: spark.sql(s))
