/* test_sql.c - trees of expressions and queries, statements, scripts, places of errors. */
#include "tests/unit/mr_test.h"

#include "sql/sql.h"

typedef struct golden {
    const char *text;
    const char *tree;
} golden;

static const golden expressions[] = {
    { "id + 1 * 2", "(+ id (* 1 2))" },
    { "a = b and not c or d between 1 and 2", "(or (and (== a b) (not c)) (between d 1 2))" },
    { "cast(x as decimal(5,2)) :: array<struct<a:int,b:map<string,int>>>",
      "(cast (cast x decimal(5,2)) array<struct<a:int,b:map<string,int>>>)" },
    { "CASE k WHEN 1 THEN 'a' ELSE 'b' END AS z", "(as (when (== k 1) \"a\" \"b\") \"z\")" },
    { "interval 1 hour 30 minutes", "5400000000:interval hour to minute" },
    { "interval '1 02:03:04.5' day to second", "93784500000:interval day to second" },
    { "INTERVAL '1-2' YEAR TO MONTH", "14:interval year to month" },
    { "-2147483648 + 3000000000 + 1.50 + 1e3 + 5L + 0.05BD",
      "(+ (+ (+ (+ (+ -2147483648 3000000000:bigint) 1.50:decimal(3,2)) 1000.0:double) 5:bigint) "
      "0.05:decimal(2,2))" },
    { "DATE '2024-01-02'", "19724:date" },
    { "timestamp'2024-01-01 00:00:00'", "(cast \"2024-01-01 00:00:00\" timestamp)" },
    { "trim(both 'x' from s) || trim(s) || substring(a from 1 for 2) || position('a' in b)",
      "(concat (concat (concat (trim \"x\" s) (trim s)) (substring a 1 2)) (locate \"a\" b))" },
    { "transform(a, (x, y) -> x.z + y)[0].b", "(get (get (transform a (lambda (+ (var \"x\" \"z\") "
                                              "(var \"y\")) (var \"x\") (var \"y\"))) 0) \"b\")" },
    { "a not like 'x!%' escape '!'", "(not (like a \"x!%\" \"!\"))" },
    { "a like any ('x', 'y')", "(or (like a \"x\") (like a \"y\"))" },
    { "a not in (1, 2)", "(not (in a 1 2))" },
    { "count(distinct a) filter (where b > 1)", "(count distinct a filter[(> b 1)])" },
    { "extract(year from ts)", "(extract \"year\" ts)" },
    { "-(-i - 1)", "(- (- (- i) 1))" },
    { "sum(x) over (partition by a order by b desc nulls last)",
      "(over (sum x) a (order b desc nulls-last))" },
    { "a != b is null", "(isnull (not (== a b)))" },
    { "1 -1", "(- 1 1)" },
    { "!a = b", "(not (== a b))" },
    { "'it''s' 'a\\n\\u0041\\%' r'\\n'", "\"it'sa\\nA\\\\%\\\\n\"" },
    { "not a = b and c", "(and (not (== a b)) c)" },
    { "x is not distinct from y", "(<=> x y)" },
    { "x is true", "(<=> x 1:boolean)" },
    { "current_timestamp", "(current_timestamp)" },
    { "struct(1 as a, *)", "(struct (as 1 \"a\") (star))" },
    { "t.`a b`.c", "t.`a b`.c" },
    { "a & b | c ^ ~d", "(| (& a b) (^ c (~ d)))" },
    { "a div 2 % 3", "(% (div a 2) 3)" },
    { "1 << 2 >= 3", "(>= (<< 1 2) 3)" },
    { "x <=> null", "(<=> x null)" },
    { ":p + ?", "(+ (: \"p\") (? 0))" },
    { "f(a => 1)", "(f (named a 1))" },
    { "timestampadd(DAY, 1, ts)", "(timestampadd \"DAY\" 1 ts)" },
    { "try_cast('1' as int)", "(cast \"1\" try int)" },
    { "t.*", "(star t.*)" },
};

static const golden queries[] = {
    { "select window.start AS s, count(*) n from events where v is not null group by window(ts, "
      "'10 seconds') having count(*) >= 1 order by s desc limit 3",
      "(limit 3 (sort [(order s desc)] (filter [(>= (count (star)) 1)] (aggregate [(window ts \"10 "
      "seconds\")] aggs[(as window.start \"s\") (as (count (star)) \"n\")] (filter [(isnotnull v)] "
      "(table events))))))" },
    { "with c as (select 1 as x) select * from c union all select 2 except select 3 order by 1 "
      "limit 2 offset 1",
      "(with (alias c (project [(as 1 \"x\")])) (limit 2 (offset 1 (sort [(order 1 asc)] (set-op 3 "
      "(set-op 2 all (project [(star)] (table c)) (project [2])) (project [3]))))))" },
    { "select a, count(*) from json.`/p/x` group by rollup(a)",
      "(aggregate group2 [a] aggs[a (count (star))] (source json \"/p/x\"))" },
    { "select * from (values (1,'a'),(2,'b')) as t(x,y) left join u using (x), range(10) r",
      "(project [(star)] (join type7 (join \"x\" type3 (alias t (values \"x\" \"y\" 2 [1 \"a\" 2 "
      "\"b\"])) (table u)) (alias r (range 0 10 1))))" },
    { "select a from t group by grouping sets ((a,b),(a),())",
      "(aggregate group5 [(grouping_set a b) (grouping_set a) (grouping_set)] aggs[a] (table t))" },
    { "select distinct a from t sort by a",
      "(sort [(order a asc)] (distinct (project [a] (table t))))" },
    { "select * from stream events with (k = 'v') watermark ts delay of interval 10 seconds as s",
      "(project [(star)] (alias s (watermark ts '10 seconds' (table stream events k='v'))))" },
    { "select * from stream(events)", "(project [(star)] (table stream events))" },
    { "select * from v watermark to_timestamp(x) as e delay of interval '1 minute'",
      "(project [(star)] (watermark e '1 minute' (with-columns [(as (to_timestamp x) \"e\")] "
      "(table v))))" },
    { "from t select a where b", "(project [a] (filter [b] (table t)))" },
    { "select * except (a) from t", "(project [(star \"a\")] (table t))" },
    { "select a from t group by all", "(aggregate [all] aggs[a] (table t))" },
    { "(select 1) intersect (select 2) limit 1",
      "(limit 1 (set-op 1 (project [1]) (project [2])))" },
    { "table t", "(table t)" },
};

static const struct {
    bool expression;
    const char *text;
    const char *message; /* its first line */
} failures[] = {
    { true, "id +",
      "[PARSE_SYNTAX_ERROR] Syntax error at or near end of input. SQLSTATE: 42601 (line 1, pos "
      "4)" },
    { false, "SELEC 1",
      "[PARSE_SYNTAX_ERROR] Syntax error at or near 'SELEC'. SQLSTATE: 42601 (line 1, pos 0)" },
    { false, "SELECT 1 x y",
      "[PARSE_SYNTAX_ERROR] Syntax error at or near 'y': extra input 'y'. SQLSTATE: 42601 (line 1, "
      "pos 11)" },
    { true, "abs(1",
      "[PARSE_SYNTAX_ERROR] Syntax error at or near end of input: missing ')'. SQLSTATE: 42601 "
      "(line 1, pos 5)" },
    { true, "date 'xx'",
      "[INVALID_TYPED_LITERAL] The value of the typed literal \"DATE\" is invalid: 'xx'. SQLSTATE: "
      "42604" },
    { true, "x + 300Y",
      "[INVALID_NUMERIC_LITERAL_RANGE] Numeric literal 300 is outside the valid range for tinyint "
      "with minimum value of -128 and maximum value of 127. Please adjust the value accordingly. "
      "SQLSTATE: 22003 (line 1, pos 4)" },
    { false, "/* x",
      "[UNCLOSED_BRACKETED_COMMENT] Found an unclosed bracketed comment. Please, append */ at the "
      "end of the comment. SQLSTATE: 42601 (line 1, pos 0)" },
    { false, "select a from t order by",
      "[PARSE_SYNTAX_ERROR] Syntax error at or near end of input. SQLSTATE: 42601 (line 1, pos "
      "24)" },
    { false, "create table t (a int",
      "[PARSE_SYNTAX_ERROR] Syntax error at or near end of input: missing ')'. SQLSTATE: 42601 "
      "(line 1, pos 21)" },
    { false, "select 'a",
      "[PARSE_SYNTAX_ERROR] Syntax error at or near '''. SQLSTATE: 42601 (line 1, pos 7)" },
    { false, "select a,\n from t",
      "[PARSE_SYNTAX_ERROR] Syntax error at or near 'from'. SQLSTATE: 42601 (line 2, pos 1)" },
    { false, "alter table t",
      "[INVALID_SQL_SYNTAX.UNSUPPORTED_SQL_STATEMENT] Invalid SQL syntax: Unsupported SQL "
      "statement: alter table t. SQLSTATE: 42000 (line 1, pos 0)" },
};

static void trees_of_expressions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(expressions) / sizeof(expressions[0]); i++) {
        mr_arena *arena = mr_arena_new();
        mr_buf out = { 0 };
        mr_error err = { 0 };
        mr_xexpr *e;

        CHECK_OK(mr_sql_parse_expr(arena, mr_str_from(expressions[i].text), &e, &err), &err);
        mr_xexpr_print(e, &out);
        assert_string_equal(mr_buf_cstr(&out), expressions[i].tree);
        mr_buf_free(&out);
        mr_arena_free(arena);
    }
}

static void trees_of_queries(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        mr_arena *arena = mr_arena_new();
        mr_buf out = { 0 };
        mr_error err = { 0 };
        mr_xrel *r;

        CHECK_OK(mr_sql_parse_query(arena, mr_str_from(queries[i].text), &r, &err), &err);
        mr_xrel_print(r, &out);
        assert_string_equal(mr_buf_cstr(&out), queries[i].tree);
        mr_buf_free(&out);
        mr_arena_free(arena);
    }
}

static void places_of_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        mr_arena *arena = mr_arena_new();
        mr_error err = { 0 };
        mr_statement s;
        mr_xexpr *e;
        mr_str text = mr_str_from(failures[i].text);
        char *end;

        assert_int_not_equal(failures[i].expression ? mr_sql_parse_expr(arena, text, &e, &err)
                                                    : mr_sql_parse(arena, text, &s, &err),
                             MR_OK);
        assert_int_equal(err.exception, MR_EXC_PARSE);
        end = strchr(err.message, '\n');
        if (end != NULL)
            *end = '\0';
        assert_string_equal(err.message, failures[i].message);
        mr_arena_free(arena);
    }
}

/* The marked text below the message, as Spark prints it. */
static void marked_text(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_error err = { 0 };
    mr_statement s;

    (void)state;
    assert_int_equal(mr_sql_parse(arena, MR_STR("SELECT 1 x\n  y z\n  FROM t"), &s, &err),
                     MR_INVALID);
    assert_string_equal(err.message,
                        "[PARSE_SYNTAX_ERROR] Syntax error at or near 'y'. SQLSTATE: 42601 "
                        "(line 2, pos 2)\n\n== SQL ==\nSELECT 1 x\n  y z\n--^^^\n  FROM t\n");
    mr_arena_free(arena);
}

static void spans(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_error err = { 0 };
    mr_xexpr *e;

    (void)state;
    CHECK_OK(mr_sql_parse_expr(arena, MR_STR("1 + (a - b) / c"), &e, &err), &err);
    assert_int_equal(e->sql_start, 0);
    assert_int_equal(e->sql_stop, 14);
    assert_int_equal(e->args[1]->sql_start, 4);
    assert_int_equal(e->args[1]->args[0]->sql_start, 5);
    assert_int_equal(e->args[1]->args[0]->sql_stop, 9);
    mr_arena_free(arena);
}

static void script(void **state)
{
    static const char text[] =
        "create table t (a int, ts timestamp not null) using json\n"
        "  options (path '/x', maxFilesPerTrigger = 1, header true) partitioned by (a);\n"
        "-- nothing; here\n"
        "create or refresh streaming table o using parquet tblproperties ('m' = 'append')\n"
        "  as select * from stream t;\n"
        "set a.b = c 'd;' e; /* ; /* ; */ */ ; reset;\n"
        "create or replace temp view v as select ';' as x";
    mr_arena *arena = mr_arena_new();
    mr_error err = { 0 };
    mr_statement *s;
    int n;

    (void)state;
    CHECK_OK(mr_sql_parse_script(arena, mr_str_from(text), &s, &n, &err), &err);
    assert_int_equal(n, 5);
    assert_int_equal(s[0].kind, MR_S_CREATE_TABLE);
    assert_int_equal(s[0].schema->n_fields, 2);
    assert_true(mr_str_is(*mr_options_find(&s[0].options, "header"), "true"));
    assert_int_equal(s[0].n_partitions, 1);
    assert_int_equal(s[1].kind, MR_S_CREATE_STREAMING_TABLE);
    assert_true(mr_str_is(s[1].format, "parquet"));
    assert_true(mr_str_starts(s[1].text, "-- nothing"));
    assert_int_equal(s[2].kind, MR_S_SET);
    assert_true(mr_str_is(s[2].key, "a.b"));
    assert_true(mr_str_is(s[2].value, "c 'd;' e"));
    assert_int_equal(s[3].kind, MR_S_RESET);
    assert_int_equal(s[4].kind, MR_S_CREATE_VIEW);
    assert_true(s[4].replace && s[4].is_temporary);
    mr_arena_free(arena);
}

/* What the command names a line from: the statement that failed, its comments included. */
static void script_failure(void **state)
{
    static const char text[] = "select 1;\n\n -- why\nselect from from;\nselect 2";
    mr_arena *arena = mr_arena_new();
    mr_error err = { 0 };
    mr_statement *s;
    int n;

    (void)state;
    assert_int_equal(mr_sql_parse_script(arena, mr_str_from(text), &s, &n, &err), MR_INVALID);
    assert_int_equal(n, 1);
    assert_int_equal(s[n].start, strstr(text, "-- why") - text);
    mr_arena_free(arena);
}

static void other_statements(void **state)
{
    static const struct {
        const char *text;
        mr_statement_kind kind;
        const char *name;
    } rows[] = {
        { "drop table if exists a.b", MR_S_DROP, "a.b" },
        { "show tables in d like 'x*'", MR_S_SHOW_TABLES, "d" },
        { "describe extended t;", MR_S_DESCRIBE, "t" },
        { "explain formatted select 1", MR_S_EXPLAIN, "" },
        { "insert overwrite table t (a) select 1", MR_S_INSERT, "t" },
        { "create temporary view v (a int) using csv options (path 'p')", MR_S_CREATE_VIEW, "v" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        mr_arena *arena = mr_arena_new();
        mr_error err = { 0 };
        mr_statement s;

        CHECK_OK(mr_sql_parse(arena, mr_str_from(rows[i].text), &s, &err), &err);
        assert_int_equal(s.kind, rows[i].kind);
        assert_true(mr_str_is(s.name, rows[i].name));
        mr_arena_free(arena);
    }
}

/* `front`, many times `unit`, then `end`: must be refused as too complex and not take the stack. */
static void refused(const char *front, const char *unit, const char *end)
{
    mr_arena *arena = mr_arena_new();
    mr_buf text = { 0 };
    mr_error err = { 0 };
    mr_xexpr *e;

    mr_buf_puts(&text, front);
    for (int i = 0; i < 20000; i++)
        mr_buf_puts(&text, unit);
    mr_buf_puts(&text, end);
    CHECK_RAISES(mr_sql_parse_expr(arena, mr_buf_str(&text), &e, &err), &err,
                 "FAILED_TO_PARSE_TOO_COMPLEX");
    mr_buf_free(&text);
    mr_arena_free(arena);
}

static void depth(void **state)
{
    (void)state;
    refused("", "(", "1");
    refused("", "1+", "1");
    refused("", "- ", "1");
    refused("", "not ", "a");
    refused("", "trim(", "a");
    refused("", "case when ", "a");
    refused("", "a[", "1");
    refused("", "x -> ", "1");
    refused("a", "::int", "");
    refused("a", "[1]", "");
}

/* Every prefix of a text parses or fails; none crashes. */
static void prefixes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
        for (size_t n = 0; n <= strlen(queries[i].text); n++) {
            mr_arena *arena = mr_arena_new();
            mr_error err = { 0 };
            mr_statement *s;
            int count;

            if (mr_sql_parse_script(arena, (mr_str){ queries[i].text, n }, &s, &count, &err) !=
                MR_OK)
                assert_int_not_equal(err.message[0], '\0');
            mr_arena_free(arena);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_of_expressions),
        cmocka_unit_test(trees_of_queries),
        cmocka_unit_test(places_of_errors),
        cmocka_unit_test(marked_text),
        cmocka_unit_test(spans),
        cmocka_unit_test(script),
        cmocka_unit_test(script_failure),
        cmocka_unit_test(other_statements),
        cmocka_unit_test(depth),
        cmocka_unit_test(prefixes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
