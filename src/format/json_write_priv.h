/* json_write_priv.h - the JSON writer's entries. */
#ifndef MR_FORMAT_JSON_WRITE_PRIV_H
#define MR_FORMAT_JSON_WRITE_PRIV_H

#include "format/format_priv.h"

MR_NODISCARD mr_status mr_json_open_writer(const mr_format_spec *spec, mr_arena *arena,
                                           mr_writer **out, mr_error *err);
MR_NODISCARD mr_status mr_json_write(mr_writer *writer, const mr_batch *batch, bool first,
                                     mr_buf *out, mr_error *err);

#endif /* MR_FORMAT_JSON_WRITE_PRIV_H */
