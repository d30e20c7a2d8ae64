/* analyze.c - the door: one statement's analysis from start to end. */
#include "analyze/analyze_priv.h"

mr_status mr_analyze(const mr_xrel *rel, const mr_analyze_env *env, mr_arena *arena,
                     mr_logical **out, mr_error *err)
{
    mr_analyzer an = { .env = env, .arena = arena, .next_id = 1 };

    MR_ASSERT(rel != NULL && env != NULL && env->zone != NULL);
    return mr_an_relation(&an, rel, out, err);
}

mr_status mr_output_mode_parse(mr_str text, mr_output_mode *out, mr_error *err)
{
    char copy[128];

    for (int mode = MR_MODE_APPEND; mode <= MR_MODE_COMPLETE; mode++)
        if (mr_str_is_nocase(text, mr_output_mode_name((mr_output_mode)mode))) {
            *out = (mr_output_mode)mode;
            return MR_OK;
        }
    text = mr_str_slice(text, 0, sizeof(copy) - 1);
    memcpy(copy, text.len == 0 ? "" : text.ptr, text.len);
    copy[text.len] = '\0';
    return mr_raise(err, MR_EXC_ILLEGAL_ARGUMENT, "STREAMING_OUTPUT_MODE.INVALID", "outputMode",
                    copy, NULL);
}

const char *mr_output_mode_name(mr_output_mode mode)
{
    static const char *const names[] = { "", "Append", "Update", "Complete" };

    MR_ASSERT(mode >= MR_MODE_APPEND && mode <= MR_MODE_COMPLETE);
    return names[mode];
}
