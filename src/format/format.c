/* format.c - the formats by name. */
#include "format/format_priv.h"

static const mr_format *const formats[] = { &mr_format_json, &mr_format_csv, &mr_format_text };

const mr_format *mr_format_find(mr_str name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (mr_str_is_nocase(name, formats[i]->name))
            return formats[i];
    return NULL;
}

const mr_type *mr_needed_schema(const mr_format_spec *spec, mr_arena *arena)
{
    const mr_type *schema = spec->schema;
    mr_field *fields = MR_NEW_ARRAY(arena, mr_field, schema->n_fields + 1);
    int n = 0;

    for (int i = 0; i < schema->n_fields; i++)
        if (mr_needed(spec, i))
            fields[n++] = schema->fields[i];
    return mr_type_copy(arena, mr_type_struct(arena, fields, n));
}
