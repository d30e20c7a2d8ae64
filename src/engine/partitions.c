/* partitions.c - the columns that directories named k=v give to the files below them. */
#include "engine/engine_priv.h"

#include "os/file.h"
#include "value/number.h"
#include "value/time.h"

#include <string.h>

#define HIVE_NULL "__HIVE_DEFAULT_PARTITION__"
#define DEPTH_MAX 32

/* Types that values are read as, from narrow to wide; numbers widen to numbers, the rest to text.
 */
typedef enum kind {
    KIND_NONE,
    KIND_INT,
    KIND_LONG,
    KIND_DOUBLE,
    KIND_DATE,
    KIND_TIME,
    KIND_TEXT
} kind;

typedef struct found {
    mr_arena *arena;
    mr_os *os;
    mr_str *names;
    kind *kinds;
    int n, capacity;
} found;

static kind kind_of(mr_str text)
{
    int64_t whole;
    double real;
    int32_t day;

    if (mr_str_is(text, HIVE_NULL))
        return KIND_NONE;
    if (mr_number_parse_long(text, false, &whole))
        return whole >= INT32_MIN && whole <= INT32_MAX ? KIND_INT : KIND_LONG;
    if (mr_number_parse_double(text, &real))
        return KIND_DOUBLE;
    if (text.len == 10 && mr_time_parse_date(text, &day))
        return KIND_DATE;
    if (text.len >= 19 && mr_time_parse_timestamp(text, mr_zone_utc(), &whole))
        return KIND_TIME;
    return KIND_TEXT;
}

static kind wider(kind a, kind b)
{
    if (a == KIND_NONE || a == b)
        return b;
    if (b == KIND_NONE)
        return a;
    return a <= KIND_DOUBLE && b <= KIND_DOUBLE ? (a > b ? a : b) : KIND_TEXT;
}

static void note(found *to, mr_str dir, size_t sign)
{
    mr_str name = mr_str_slice(dir, 0, sign), value = mr_str_slice(dir, sign + 1, dir.len);
    int at = 0;

    while (at < to->n && !mr_str_equal(to->names[at], name))
        at++;
    if (at == to->n) {
        if (to->n == to->capacity)
            return; /* nobody nests that deep */
        to->names[to->n] = mr_arena_str(to->arena, name);
        to->kinds[to->n++] = KIND_NONE;
    }
    to->kinds[at] = wider(to->kinds[at], kind_of(value));
}

static mr_status walk(found *to, const char *dir, int depth, mr_error *err)
{
    mr_os_list list;

    if (depth > DEPTH_MAX)
        return MR_OK;
    MR_TRY(mr_os_list_dir(to->os, dir, to->arena, &list, err));
    for (size_t i = 0; i < list.n; i++) {
        mr_str name = list.entries[i].name;
        size_t sign = mr_str_find(name, '=', 0);

        if (!list.entries[i].is_dir || sign == 0 || sign >= name.len)
            continue;
        note(to, name, sign);
        MR_TRY(
            walk(to, mr_file_join(to->arena, dir, mr_arena_cstr(to->arena, name)), depth + 1, err));
    }
    return MR_OK;
}

static const mr_type *type_of(kind k)
{
    static const mr_type_id ids[] = {
        [KIND_NONE] = MR_TYPE_STRING,   [KIND_INT] = MR_TYPE_INT,   [KIND_LONG] = MR_TYPE_LONG,
        [KIND_DOUBLE] = MR_TYPE_DOUBLE, [KIND_DATE] = MR_TYPE_DATE, [KIND_TIME] = MR_TYPE_TIMESTAMP,
        [KIND_TEXT] = MR_TYPE_STRING
    };

    return mr_type_of(ids[k]);
}

/* The files' own fields first, then those of the directories, under the user's types. */
static const mr_type *with_partitions(const found *from, const mr_type *schema, mr_arena *arena)
{
    mr_field *fields = MR_NEW_ARRAY(arena, mr_field, schema->n_fields + from->n + 1);
    int n = 0;

    for (int i = 0; i < schema->n_fields; i++) {
        bool is_partition = false;

        for (int k = 0; k < from->n; k++)
            is_partition |= mr_str_equal_nocase(from->names[k], schema->fields[i].name);
        if (!is_partition)
            fields[n++] = schema->fields[i];
    }
    for (int k = 0; k < from->n; k++) {
        int at = mr_type_field(schema, from->names[k], false);

        fields[n++] = at >= 0 ? schema->fields[at]
                              : (mr_field){ from->names[k], type_of(from->kinds[k]), true, { 0 } };
    }
    return mr_type_struct(arena, fields, n);
}

mr_status engine_partitions(mr_session *session, const mr_str *paths, int n_paths, mr_arena *arena,
                            const mr_type **schema, mr_error *err)
{
    found to = { .arena = arena, .os = session->engine->os, .capacity = DEPTH_MAX };

    to.names = MR_NEW_ARRAY(arena, mr_str, DEPTH_MAX);
    to.kinds = MR_NEW_ARRAY(arena, kind, DEPTH_MAX);
    for (int i = 0; i < n_paths; i++) {
        mr_os_stat stat;
        char *root;

        if (!mr_file_from_uri(arena, paths[i], &root) || strpbrk(root, "*?[{") != NULL)
            continue;
        MR_TRY(mr_os_stat_path(to.os, root, &stat, err));
        if (stat.exists && stat.is_dir)
            MR_TRY(walk(&to, root, 0, err));
    }
    if (to.n > 0)
        *schema = with_partitions(&to, *schema, arena);
    return MR_OK;
}
