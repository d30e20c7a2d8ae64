/* statement.c - everything that is not a query by itself: CREATE, DROP, SET, SHOW, EXPLAIN ... */
#include "sql/sql_priv.h"

static mr_status parse_if_not_exists(mr_parser *p, bool *found)
{
    *found = mr_parser_is_words(p, "IF", "NOT");
    if (!*found)
        return MR_OK;
    p->at += 2;
    return mr_parser_expect_word(p, "EXISTS");
}

static bool parse_if_exists(mr_parser *p)
{
    return mr_parser_eat_words(p, "IF", "EXISTS");
}

/* '(' column definitions ')' as one struct type. */
static mr_status parse_columns(mr_parser *p, const mr_type **out)
{
    int from, depth = 1;
    mr_str text;

    MR_TRY(mr_parser_expect_op(p, MR_OP1('(')));
    from = mr_parser_start(p);
    while (depth > 0) {
        if (mr_parser_peek(p, 0)->kind == MR_T_END)
            return mr_parser_expect_op(p, MR_OP1(')'));
        depth += mr_parser_is_op(p, 0, MR_OP1('('));
        depth -= mr_parser_is_op(p, 0, MR_OP1(')'));
        p->at++;
    }
    text = mr_str_trim(mr_str_slice(p->text, (size_t)from, (size_t)mr_parser_stop(p)));
    MR_TRY(mr_type_parse_ddl(p->arena, text, out, p->err));
    if ((*out)->id != MR_TYPE_STRUCT)
        return mr_parser_fail(p);
    return MR_OK;
}

static mr_status duplicate_clause(mr_parser *p, const char *clause)
{
    return mr_parser_mark(
        p, mr_parser_start(p),
        mr_raise(p->err, MR_EXC_PARSE, "DUPLICATE_CLAUSES", "clauseName", clause, NULL));
}

/* One clause of CREATE TABLE after the columns; *found = false when none stands here. */
static mr_status parse_table_clause(mr_parser *p, mr_statement *out, bool *found)
{
    *found = true;
    if (mr_parser_eat_word(p, "USING")) {
        if (out->format.len > 0)
            return duplicate_clause(p, "USING");
        return mr_parser_dotted(p, &out->format, NULL);
    }
    if (mr_parser_eat_word(p, "OPTIONS") || mr_parser_eat_word(p, "TBLPROPERTIES"))
        return mr_relation_parse_options(p, &out->options);
    if (mr_parser_eat_word(p, "LOCATION")) {
        if (out->path.len > 0)
            return duplicate_clause(p, "LOCATION");
        return mr_literal_string(p, &out->path);
    }
    if (mr_parser_eat_word(p, "COMMENT"))
        return mr_literal_string(p, &out->comment);
    if (mr_parser_eat_words(p, "PARTITIONED", "BY")) {
        mr_str_list names = { 0 };

        if (out->n_partitions > 0)
            return duplicate_clause(p, "PARTITIONED BY");
        MR_TRY(mr_parser_name_list(p, &names));
        out->partitions = names.items;
        out->n_partitions = names.n;
        return MR_OK;
    }
    *found = false;
    return MR_OK;
}

static mr_status parse_table_clauses(mr_parser *p, mr_statement *out)
{
    int start = mr_parser_start(p);
    const mr_str *path;
    bool found;

    do {
        MR_TRY(parse_table_clause(p, out, &found));
    } while (found);
    path = mr_options_find(&out->options, "path");
    if (out->path.len == 0 || path == NULL)
        return MR_OK;
    return mr_parser_mark(
        p, start,
        mr_raise_text(p->err, MR_EXC_PARSE, "_LEGACY_ERROR_TEMP_0032",
                      "Duplicated table paths found: '%.*s' and '%.*s'. LOCATION and the case "
                      "insensitive key 'path' in OPTIONS are all used to indicate the custom "
                      "table path, you can only specify one of them.",
                      MR_STR_ARG(*path), MR_STR_ARG(out->path)));
}

/* CREATE TABLE and CREATE STREAMING TABLE from the name on. */
static mr_status parse_create_table(mr_parser *p, mr_statement *out)
{
    MR_TRY(parse_if_not_exists(p, &out->if_not_exists));
    MR_TRY(mr_parser_dotted(p, &out->name, NULL));
    if (mr_parser_is_op(p, 0, MR_OP1('(')) && !mr_query_starts(p, 1))
        MR_TRY(parse_columns(p, &out->schema));
    MR_TRY(parse_table_clauses(p, out));
    if (mr_parser_eat_word(p, "AS") || mr_query_starts(p, 0))
        return mr_query_parse(p, &out->rel);
    return out->kind == MR_S_CREATE_STREAMING_TABLE ? mr_parser_expect_word(p, "AS") : MR_OK;
}

/* CREATE [OR REPLACE] [GLOBAL] TEMPORARY VIEW name ... from the name on. */
static mr_status parse_create_view(mr_parser *p, mr_statement *out)
{
    out->kind = MR_S_CREATE_VIEW;
    out->is_view = true;
    MR_TRY(parse_if_not_exists(p, &out->if_not_exists));
    MR_TRY(mr_parser_dotted(p, &out->name, NULL));
    if (mr_parser_is_op(p, 0, MR_OP1('(')) && !mr_query_starts(p, 1)) {
        bool types = !mr_parser_is_op(p, 2, MR_OP1(',')) && !mr_parser_is_op(p, 2, MR_OP1(')'));
        mr_str_list names = { 0 };

        if (types) {
            MR_TRY(parse_columns(p, &out->schema));
        } else {
            MR_TRY(mr_parser_name_list(p, &names));
            out->columns = names.items;
            out->n_columns = names.n;
        }
    }
    MR_TRY(parse_table_clauses(p, out));
    if (out->format.len > 0)
        return MR_OK;
    MR_TRY(mr_parser_expect_word(p, "AS"));
    return mr_query_parse(p, &out->rel);
}

static mr_status parse_create(mr_parser *p, mr_statement *out)
{
    bool refresh = false;

    p->at++;
    out->replace = mr_parser_eat_words(p, "OR", "REPLACE");
    if (!out->replace)
        refresh = mr_parser_eat_words(p, "OR", "REFRESH");
    out->is_global = mr_parser_eat_word(p, "GLOBAL");
    out->is_temporary = mr_parser_eat_word(p, "TEMPORARY") || mr_parser_eat_word(p, "TEMP");
    if (mr_parser_eat_words(p, "STREAMING", "TABLE")) {
        out->kind = MR_S_CREATE_STREAMING_TABLE;
        out->replace = refresh;
        return parse_create_table(p, out);
    }
    if (refresh || (out->is_global && !out->is_temporary))
        return mr_parser_fail(p);
    if (mr_parser_eat_word(p, "VIEW"))
        return parse_create_view(p, out);
    if (mr_parser_is_word(p, 0, "TABLE") && !out->is_temporary) {
        p->at++;
        out->kind = MR_S_CREATE_TABLE;
        return parse_create_table(p, out);
    }
    if (mr_parser_is_name(p, 0))
        return mr_parser_unsupported(p, "CREATE of anything but a table or a view");
    return mr_parser_fail(p);
}

static mr_status parse_drop(mr_parser *p, mr_statement *out)
{
    p->at++;
    out->kind = MR_S_DROP;
    (void)mr_parser_eat_word(p, "TEMPORARY");
    out->is_view = mr_parser_eat_word(p, "VIEW");
    if (!out->is_view && !mr_parser_eat_word(p, "TABLE"))
        return mr_parser_is_name(p, 0)
                   ? mr_parser_unsupported(p, "DROP of anything but a table or a view")
                   : mr_parser_fail(p);
    out->if_exists = parse_if_exists(p);
    MR_TRY(mr_parser_dotted(p, &out->name, NULL));
    (void)mr_parser_eat_word(p, "PURGE"); /* nothing to purge: files of a table are not removed */
    return MR_OK;
}

static mr_status parse_show(mr_parser *p, mr_statement *out)
{
    p->at++;
    out->kind = MR_S_SHOW_TABLES;
    if (mr_parser_eat_word(p, "COLUMNS")) {
        out->kind = MR_S_SHOW_COLUMNS;
        if (!mr_parser_eat_word(p, "FROM") && !mr_parser_eat_word(p, "IN"))
            return mr_parser_fail(p);
        return mr_parser_dotted(p, &out->name, NULL);
    }
    if (mr_parser_eat_word(p, "DATABASES") || mr_parser_eat_word(p, "SCHEMAS") ||
        mr_parser_eat_word(p, "NAMESPACES")) {
        out->kind = MR_S_SHOW_DATABASES;
        if (!mr_parser_eat_word(p, "LIKE") && !mr_literal_starts_string(p))
            return MR_OK;
        out->has_value = true;
        return mr_literal_string(p, &out->value);
    }
    out->is_view = mr_parser_eat_word(p, "VIEWS");
    if (!out->is_view && !mr_parser_eat_word(p, "TABLES"))
        return mr_parser_is_name(p, 0) ? mr_parser_unsupported(p, "SHOW of anything but tables")
                                       : mr_parser_fail(p);
    if (mr_parser_eat_word(p, "FROM") || mr_parser_eat_word(p, "IN"))
        MR_TRY(mr_parser_dotted(p, &out->name, NULL));
    if (mr_parser_eat_word(p, "LIKE") || mr_literal_starts_string(p)) {
        out->has_value = true;
        return mr_literal_string(p, &out->value);
    }
    return MR_OK;
}

static mr_status parse_describe(mr_parser *p, mr_statement *out)
{
    p->at++;
    out->kind = MR_S_DESCRIBE;
    if (mr_parser_eat_word(p, "QUERY") || mr_query_starts(p, 0)) {
        if (!mr_parser_is_word(p, 0, "TABLE") || !mr_parser_is_name(p, 1))
            return mr_query_parse(p, &out->rel);
    }
    (void)mr_parser_eat_word(p, "TABLE");
    if (mr_parser_is_name(p, 1))
        out->extended = mr_parser_eat_word(p, "EXTENDED") || mr_parser_eat_word(p, "FORMATTED");
    return mr_parser_dotted(p, &out->name, NULL);
}

static mr_status parse_explain(mr_parser *p, mr_statement *out)
{
    static const char *const modes[] = {
        "EXTENDED", "FORMATTED", "CODEGEN", "COST", "LOGICAL", NULL
    };

    p->at++;
    out->kind = MR_S_EXPLAIN;
    for (int i = 0; modes[i] != NULL; i++)
        if (mr_parser_eat_word(p, modes[i])) {
            out->mode = mr_str_from(modes[i]);
            out->extended = i == 0;
            break;
        }
    return mr_query_parse(p, &out->rel);
}

/* INSERT {INTO | OVERWRITE} [TABLE] name [(columns)] query, or INSERT OVERWRITE DIRECTORY 'p' ...
 */
static mr_status parse_insert(mr_parser *p, mr_statement *out)
{
    mr_str_list names = { 0 };

    p->at++;
    out->kind = MR_S_INSERT;
    out->overwrite = mr_parser_eat_word(p, "OVERWRITE");
    if (!out->overwrite)
        MR_TRY(mr_parser_expect_word(p, "INTO"));
    if (out->overwrite && mr_parser_eat_word(p, "DIRECTORY")) {
        if (mr_literal_starts_string(p))
            MR_TRY(mr_literal_string(p, &out->path));
        MR_TRY(parse_table_clauses(p, out));
        return mr_query_parse(p, &out->rel);
    }
    (void)mr_parser_eat_word(p, "TABLE");
    MR_TRY(mr_parser_dotted(p, &out->name, NULL));
    if (mr_parser_is_op(p, 0, MR_OP1('(')) && !mr_query_starts(p, 1)) {
        MR_TRY(mr_parser_name_list(p, &names));
        out->columns = names.items;
        out->n_columns = names.n;
    }
    return mr_query_parse(p, &out->rel);
}

/* ---- SET: what follows is raw text, not tokens ---- */

static bool is_key_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == ':' || c == '\\' || c == '-';
}

/* The key at the front of `rest` and what is behind it; backquotes allow any bytes. */
static bool split_key(mr_str *rest, mr_str *key)
{
    size_t n = 0;

    if (rest->len > 0 && rest->ptr[0] == '`') {
        n = mr_str_find(*rest, '`', 1);
        if (n >= rest->len)
            return false;
        *key = mr_str_slice(*rest, 1, n);
        *rest = mr_str_trim(mr_str_slice(*rest, n + 1, rest->len));
        return key->len > 0;
    }
    while (n < rest->len && is_key_byte(rest->ptr[n]))
        n++;
    *key = mr_str_slice(*rest, 0, n);
    *rest = mr_str_trim(mr_str_slice(*rest, n, rest->len));
    return n > 0;
}

static mr_status invalid_set(mr_parser *p)
{
    return mr_parser_mark(p, mr_parser_start(p),
                          mr_raise(p->err, MR_EXC_PARSE, "INVALID_SET_SYNTAX", NULL));
}

/* SET TIME ZONE 'zone' | LOCAL. */
static mr_status parse_time_zone(mr_parser *p, mr_statement *out)
{
    p->at += 3;
    out->key = MR_STR("spark.sql.session.timeZone");
    out->has_value = true;
    if (mr_parser_eat_word(p, "LOCAL")) {
        out->value = mr_zone_name(mr_zone_system());
        return MR_OK;
    }
    return mr_literal_string(p, &out->value);
}

/* Text after the first token, without the ';' at its end. */
static mr_str rest_of(const mr_parser *p)
{
    mr_str rest = mr_str_slice(p->text, (size_t)mr_parser_peek(p, 0)->end, p->text.len);

    rest = mr_str_trim(rest);
    while (rest.len > 0 && rest.ptr[rest.len - 1] == ';')
        rest = mr_str_trim(mr_str_slice(rest, 0, rest.len - 1));
    return rest;
}

static mr_status parse_set(mr_parser *p, mr_statement *out)
{
    mr_str rest = rest_of(p);

    out->kind = MR_S_SET;
    if (mr_parser_is_words(p, "SET", "TIME") && mr_parser_is_word(p, 2, "ZONE"))
        return parse_time_zone(p, out);
    if (mr_str_is(rest, "-v"))
        out->extended = true;
    else if (rest.len > 0 && !split_key(&rest, &out->key))
        return invalid_set(p);
    else if (rest.len > 0) {
        if (rest.ptr[0] != '=')
            return invalid_set(p);
        out->has_value = true;
        out->value = mr_str_trim(mr_str_slice(rest, 1, rest.len));
        if (out->value.len >= 2 && out->value.ptr[0] == '`' &&
            out->value.ptr[out->value.len - 1] == '`')
            out->value = mr_str_slice(out->value, 1, out->value.len - 1);
    }
    p->at = p->n_tokens - 1;
    return MR_OK;
}

static mr_status parse_reset(mr_parser *p, mr_statement *out)
{
    mr_str rest = rest_of(p);

    out->kind = MR_S_RESET;
    if (rest.len > 0 && (!split_key(&rest, &out->key) || rest.len > 0))
        return invalid_set(p);
    p->at = p->n_tokens - 1;
    return MR_OK;
}

/* ---- */

static const struct {
    const char *word;
    mr_status (*parse)(mr_parser *p, mr_statement *out);
} statements[] = {
    { "CREATE", parse_create },     { "DROP", parse_drop },     { "SHOW", parse_show },
    { "DESCRIBE", parse_describe }, { "DESC", parse_describe }, { "EXPLAIN", parse_explain },
    { "INSERT", parse_insert },     { "SET", parse_set },       { "RESET", parse_reset },
};

/* What Spark understands and Millrace does not. */
static const char *const foreign[] = { "ALTER",   "ANALYZE", "CACHE",    "CALL",    "CLEAR",
                                       "COMMENT", "DECLARE", "DELETE",   "EXECUTE", "GRANT",
                                       "LIST",    "LOAD",    "MERGE",    "MSCK",    "REFRESH",
                                       "REPAIR",  "REVOKE",  "TRUNCATE", "UNCACHE", "UPDATE",
                                       "USE",     "ADD",     NULL };

mr_status mr_statement_parse(mr_parser *p, mr_statement *out)
{
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        if (mr_parser_is_word(p, 0, statements[i].word)) {
            MR_TRY(statements[i].parse(p, out));
            return mr_parser_finish(p);
        }
    if (mr_parser_is_one_of(p, 0, foreign) && mr_parser_is_name(p, 1))
        return mr_parser_unsupported(p, "This statement");
    out->kind = MR_S_QUERY;
    MR_TRY(mr_query_parse(p, &out->rel));
    return mr_parser_finish(p);
}
