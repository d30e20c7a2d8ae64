/* print_priv.h - what the printing files of this room share. */
#ifndef MR_COLUMN_PRINT_PRIV_H
#define MR_COLUMN_PRINT_PRIV_H

#include "base/base.h"

/* Control characters as backslash and letter (\n \r \t \f \b \v \a), everything else as it is. */
void mr_print_escape(mr_str text, mr_buf *out);

#endif /* MR_COLUMN_PRINT_PRIV_H */
