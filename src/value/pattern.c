/* pattern.c - compiling date patterns, and formatting with them. */
#include "value/pattern_priv.h"

#include <stdio.h>

enum { MAX_ITEMS = 256, MAX_NESTING = 16 };

const char *const mr_month_names[13] = { "",        "January",  "February", "March",  "April",
                                         "May",     "June",     "July",     "August", "September",
                                         "October", "November", "December" };
const char *const mr_day_names[7] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                      "Friday", "Saturday", "Sunday" };

typedef struct compiler {
    mr_arena *arena;
    mr_str text;
    mr_pattern *out;
    mr_pattern_use use;
    int open[MAX_NESTING];
    int depth;
    mr_error *err;
} compiler;

/* Spark quotes patterns as SQL strings in its messages. */
static const char *quoted(const compiler *c)
{
    return mr_arena_printf(c->arena, "'%.*s'", c->text.len > 200 ? 200 : (int)c->text.len,
                           c->text.len == 0 ? "" : c->text.ptr)
        .ptr;
}

static mr_status not_recognized(const compiler *c)
{
    return mr_raise(c->err, MR_EXC_UPGRADE,
                    "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION", "pattern",
                    quoted(c), "config", "\"spark.sql.legacy.timeParserPolicy\"", "docroot",
                    "https://spark.apache.org/docs/latest", NULL);
}

static mr_status illegal(const compiler *c, char letter)
{
    char text[2] = { letter, '\0' };

    return mr_raise(c->err, MR_EXC_ILLEGAL_ARGUMENT, "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER",
                    "pattern", quoted(c), "c", text, NULL);
}

static mr_status malformed(const compiler *c)
{
    return mr_raise(c->err, MR_EXC_ILLEGAL_ARGUMENT, "INVALID_DATETIME_PATTERN.WITH_SUGGESTION",
                    "pattern", quoted(c), "docroot", "https://spark.apache.org/docs/latest", NULL);
}

static mr_status push(compiler *c, mr_item item)
{
    if (c->out->n == MAX_ITEMS)
        return mr_raise(c->err, MR_EXC_ILLEGAL_ARGUMENT, "INVALID_DATETIME_PATTERN.LENGTH",
                        "pattern", quoted(c), NULL);
    c->out->items[c->out->n++] = item;
    return MR_OK;
}

static mr_status push_literal(compiler *c, mr_str text)
{
    return push(c, (mr_item){ .kind = MR_ITEM_LITERAL, .text = text });
}

/* 'text' and '' from the quote at *at on. */
static mr_status quote(compiler *c, size_t *at)
{
    mr_buf text = { 0 };
    size_t i = *at + 1;
    mr_status status;

    for (; i < c->text.len; i++) {
        if (c->text.ptr[i] == '\'') {
            if (i + 1 >= c->text.len || c->text.ptr[i + 1] != '\'')
                break;
            i++;
        }
        mr_buf_putc(&text, c->text.ptr[i]);
    }
    if (i == c->text.len) {
        mr_buf_free(&text);
        return malformed(c);
    }
    if (i == *at + 1)
        mr_buf_putc(&text, '\'');
    *at = i + 1;
    status = push_literal(c, mr_arena_str(c->arena, mr_buf_str(&text)));
    mr_buf_free(&text);
    return status;
}

static mr_status bracket(compiler *c, char which)
{
    if (which == '[') {
        if (c->depth == MAX_NESTING)
            return malformed(c);
        c->open[c->depth++] = c->out->n;
        return push(c, (mr_item){ .kind = MR_ITEM_OPEN });
    }
    if (c->depth == 0)
        return malformed(c);
    MR_TRY(push(c, (mr_item){ .kind = MR_ITEM_CLOSE }));
    c->out->items[c->open[--c->depth]].skip = c->out->n;
    return MR_OK;
}

/* Widths as appendPattern of java.time gives them; SimpleDateFormat takes any number of digits. */
static bool number_widths(mr_item *item, bool legacy)
{
    item->kind = MR_ITEM_NUMBER;
    item->min = item->count;
    item->max = item->count == 1 ? 19 : item->count;
    if (legacy) {
        item->max = 18;
        return true;
    }
    if (item->letter == 'y' || item->letter == 'u') {
        item->max = item->count == 2 ? 2 : 19;
        return item->count <= 6;
    }
    if (item->letter == 'D') {
        item->max = item->count == 1 ? 19 : 3;
        return item->count <= 3;
    }
    return item->count <= 2 && (item->letter != 'F' || item->count == 1);
}

static bool text_item(mr_item *item, mr_item_kind kind, int most)
{
    item->kind = kind;
    return item->count <= most;
}

/* Fills in an item for a run of letters; false: not a pattern letter, or too many of it. */
static bool letter_item(mr_item *item, bool legacy)
{
    int many = legacy ? 255 : 4;

    switch (item->letter) {
    case 'M':
    case 'L':
        if (item->count >= 3)
            return text_item(item, MR_ITEM_MONTH_NAME, many);
        return number_widths(item, legacy);
    case 'y':
    case 'u':
    case 'D':
    case 'd':
    case 'F':
    case 'h':
    case 'H':
    case 'k':
    case 'K':
    case 'm':
    case 's':
        return number_widths(item, legacy);
    case 'S':
        return text_item(item, MR_ITEM_FRACTION, 9);
    case 'E':
        return text_item(item, MR_ITEM_DAY_NAME, many);
    case 'a':
        return text_item(item, MR_ITEM_AM_PM, legacy ? 255 : 1);
    case 'G':
        return text_item(item, MR_ITEM_ERA, many);
    case 'q':
    case 'Q':
        return !legacy && text_item(item, MR_ITEM_QUARTER_NAME, 4);
    case 'X':
    case 'x':
    case 'Z':
        return text_item(item, MR_ITEM_OFFSET, legacy ? 255 : 5) &&
               (!legacy || item->letter != 'x');
    case 'O':
        return !legacy && text_item(item, MR_ITEM_OFFSET, 4) &&
               (item->count == 1 || item->count == 4);
    case 'V':
        return !legacy && text_item(item, MR_ITEM_ZONE, 2) && item->count == 2;
    case 'z':
        return text_item(item, MR_ITEM_ZONE, many);
    default:
        return false;
    }
}

static mr_status letters(compiler *c, size_t *at)
{
    char letter = c->text.ptr[*at];
    bool legacy = c->out->legacy;
    size_t end = *at;
    mr_item item = { .letter = letter };

    while (end < c->text.len && c->text.ptr[end] == letter)
        end++;
    if (!legacy && strchr("cYWwue", letter) != NULL) {
        char text[2] = { letter, '\0' };

        return mr_raise(c->err, MR_EXC_UPGRADE,
                        "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN", "c",
                        text, NULL);
    }
    if (!legacy && strchr("AnNpB", letter) != NULL)
        return illegal(c, letter);
    if (!legacy && c->use == MR_PATTERN_PARSE && strchr("EFqQ", letter) != NULL)
        return strchr("EF", letter) != NULL ? not_recognized(c) : illegal(c, letter);
    item.count = (uint8_t)(end - *at > 255 ? 255 : end - *at);
    if (!letter_item(&item, legacy))
        return legacy ? illegal(c, letter) : not_recognized(c);
    c->out->has_era |= item.kind == MR_ITEM_ERA;
    if (c->depth == 0 && (item.kind == MR_ITEM_OFFSET || item.kind == MR_ITEM_ZONE))
        c->out->has_zone = true;
    *at = end;
    return push(c, item);
}

static bool is_letter(char ch)
{
    return (ch | 32) >= 'a' && (ch | 32) <= 'z';
}

static mr_status one(compiler *c, size_t *at)
{
    char ch = c->text.ptr[*at];

    if (ch == '\'')
        return quote(c, at);
    if (is_letter(ch))
        return letters(c, at);
    ++*at;
    if (!c->out->legacy && (ch == '[' || ch == ']'))
        return bracket(c, ch);
    if (!c->out->legacy && strchr("{}#", ch) != NULL && ch != '\0')
        return malformed(c);
    return push_literal(c, mr_str_slice(c->text, *at - 1, *at));
}

/* What digits a number leaves to the fixed-width numbers right behind it. */
static void find_adjacent(mr_pattern *p)
{
    for (int i = 0; i < p->n; i++) {
        int reserve = 0;

        for (int k = i + 1; k < p->n && p->items[k].kind == MR_ITEM_NUMBER &&
                            (p->legacy || p->items[k].min == p->items[k].max);
             k++)
            reserve += p->items[k].min;
        if (p->items[i].kind != MR_ITEM_NUMBER)
            continue;
        if (p->legacy) /* obeys its count when a number follows */
            p->items[i].max =
                reserve > 0 || (i + 1 < p->n && p->items[i + 1].kind == MR_ITEM_FRACTION)
                    ? p->items[i].count
                    : 18;
        else
            p->items[i].reserve = (uint8_t)(reserve > 200 ? 200 : reserve);
    }
}

mr_status mr_pattern_compile(mr_arena *arena, mr_str text, bool legacy, mr_pattern_use use,
                             mr_pattern **out, mr_error *err)
{
    compiler c = { .arena = arena, .use = use, .err = err };
    size_t at = 0;

    c.text = mr_arena_str(arena, text);
    c.out = MR_NEW(arena, mr_pattern);
    c.out->items = MR_NEW_ARRAY(arena, mr_item, text.len < MAX_ITEMS ? text.len + 1 : MAX_ITEMS);
    c.out->legacy = legacy;
    while (at < c.text.len)
        MR_TRY(one(&c, &at));
    while (c.depth > 0)
        c.out->items[c.open[--c.depth]].skip = c.out->n;
    find_adjacent(c.out);
    c.out->iso_zone = !legacy && mr_str_is(text, "yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]");
    c.out->iso = c.out->iso_zone || (!legacy && mr_str_is(text, "yyyy-MM-dd'T'HH:mm:ss[.SSS]"));
    *out = c.out;
    return MR_OK;
}

/* --- formatting --- */

static int weekday_of(const mr_civil *c) /* 0 = Monday */
{
    int64_t days = mr_time_days(c->year, c->month, c->day);

    return (int)(((days + 3) % 7 + 7) % 7);
}

static void put_year(const mr_pattern *p, const mr_item *item, int32_t year, mr_buf *out)
{
    int64_t y = year;

    if (p->has_era && y <= 0)
        y = 1 - y;
    if (item->count == 2) {
        mr_buf_printf(out, "%02d", (int)((y % 100 + 100) % 100));
        return;
    }
    if (y < 0)
        mr_buf_putc(out, '-');
    else if (!p->legacy && item->count >= 4 && y > 9999 && item->count == 4)
        mr_buf_putc(out, '+');
    mr_buf_printf(out, "%0*lld", item->count, (long long)(y < 0 ? -y : y));
}

static int number_value(char letter, const mr_civil *c)
{
    switch (letter) {
    case 'M':
    case 'L':
        return c->month;
    case 'd':
        return c->day;
    case 'D':
        return mr_time_days(c->year, c->month, c->day) - mr_time_days(c->year, 1, 1) + 1;
    case 'F':
        return (c->day - 1) % 7 + 1;
    case 'h':
        return c->hour % 12 == 0 ? 12 : c->hour % 12;
    case 'K':
        return c->hour % 12;
    case 'k':
        return c->hour == 0 ? 24 : c->hour;
    case 'H':
        return c->hour;
    case 'm':
        return c->minute;
    default:
        return c->second;
    }
}

static void put_number(const mr_pattern *p, const mr_item *item, const mr_civil *c, mr_buf *out)
{
    if (item->letter == 'y')
        put_year(p, item, c->year, out);
    else if (item->letter == 'u')
        mr_buf_printf(out, "%0*d", item->count, weekday_of(c) + 1);
    else if (item->letter == 'F' && p->legacy)
        mr_buf_printf(out, "%0*d", item->count, (c->day - 1) / 7 + 1);
    else
        mr_buf_printf(out, "%0*d", item->count, number_value(item->letter, c));
}

static void put_fraction(const mr_pattern *p, const mr_item *item, int32_t micro, mr_buf *out)
{
    char text[16];

    snprintf(text, sizeof(text), "%06d000", (int)micro);
    if (p->legacy && item->count < 3)
        mr_buf_printf(out, "%0*d", item->count, (int)(micro / 1000));
    else
        mr_buf_append(out, text, item->count);
}

static void put_name(const char *name, bool full, mr_buf *out)
{
    mr_buf_append(out, name, full || strlen(name) < 3 ? strlen(name) : 3);
}

/* GMT, GMT+1, GMT+01:00. */
static void put_localized(int32_t offset, bool full, mr_buf *out)
{
    int a = offset < 0 ? -offset : offset;

    mr_buf_puts(out, "GMT");
    if (a == 0)
        return;
    mr_buf_printf(out, full ? "%c%02d" : "%c%d", offset < 0 ? '-' : '+', a / 3600);
    if (full || a % 3600 != 0)
        mr_buf_printf(out, ":%02d", a / 60 % 60);
    if (a % 60 != 0)
        mr_buf_printf(out, ":%02d", a % 60);
}

static void put_offset(const mr_item *item, int32_t offset, mr_buf *out)
{
    int a = offset < 0 ? -offset : offset;
    bool colon = item->letter == 'Z' ? item->count == 5 : item->count == 3 || item->count == 5;
    bool seconds = item->letter == 'Z' ? item->count == 5 : item->count >= 4;

    if (item->letter == 'O' || (item->letter == 'Z' && item->count == 4)) {
        put_localized(offset, item->count == 4, out);
        return;
    }
    if (offset == 0 && (item->letter == 'X' || (item->letter == 'Z' && item->count == 5))) {
        mr_buf_putc(out, 'Z');
        return;
    }
    mr_buf_printf(out, "%c%02d", offset < 0 ? '-' : '+', a / 3600);
    if (item->letter != 'Z' && item->count == 1 && a / 60 % 60 == 0)
        return;
    mr_buf_printf(out, colon ? ":%02d" : "%02d", a / 60 % 60);
    if (seconds && a % 60 != 0)
        mr_buf_printf(out, colon ? ":%02d" : "%02d", a % 60);
}

static void put_zone(const mr_item *item, const mr_zone *zone, int32_t offset, mr_buf *out)
{
    const char *name = item->letter == 'z' ? mr_zone_label(mr_zone_name(zone), offset) : NULL;

    if (name != NULL)
        mr_buf_puts(out, name);
    else
        mr_buf_add(out, mr_zone_name(zone));
}

static void put_quarter(const mr_item *item, int quarter, mr_buf *out)
{
    static const char *const ordinal[] = { "1st", "2nd", "3rd", "4th" };

    if (item->count <= 2)
        mr_buf_printf(out, "%0*d", item->count, quarter);
    else if (item->count == 3)
        mr_buf_printf(out, "Q%d", quarter);
    else
        mr_buf_printf(out, "%s quarter", ordinal[quarter - 1]);
}

void mr_pattern_format(const mr_pattern *p, int64_t us, const mr_zone *zone, mr_buf *out)
{
    int32_t offset = mr_zone_offset(zone, us);
    mr_civil c;

    mr_time_civil(mr_zone_to_local(zone, us), &c);
    for (int i = 0; i < p->n; i++) {
        const mr_item *item = &p->items[i];

        switch (item->kind) {
        case MR_ITEM_LITERAL:
            mr_buf_add(out, item->text);
            break;
        case MR_ITEM_NUMBER:
            put_number(p, item, &c, out);
            break;
        case MR_ITEM_FRACTION:
            put_fraction(p, item, c.micro, out);
            break;
        case MR_ITEM_MONTH_NAME:
            put_name(mr_month_names[c.month], item->count >= 4, out);
            break;
        case MR_ITEM_DAY_NAME:
            put_name(mr_day_names[weekday_of(&c)], item->count >= 4, out);
            break;
        case MR_ITEM_AM_PM:
            mr_buf_puts(out, c.hour < 12 ? "AM" : "PM");
            break;
        case MR_ITEM_ERA:
            if (item->count == 4 && !p->legacy)
                mr_buf_puts(out, c.year > 0 ? "Anno Domini" : "Before Christ");
            else
                mr_buf_puts(out, c.year > 0 ? "AD" : "BC");
            break;
        case MR_ITEM_QUARTER_NAME:
            put_quarter(item, (c.month + 2) / 3, out);
            break;
        case MR_ITEM_OFFSET:
            if (p->legacy && item->letter == 'Z')
                put_offset(&(mr_item){ .letter = 'Z', .count = 1 }, offset, out);
            else
                put_offset(item, offset, out);
            break;
        case MR_ITEM_ZONE:
            put_zone(item, zone, offset, out);
            break;
        case MR_ITEM_OPEN:
        case MR_ITEM_CLOSE:
            break;
        }
    }
}
