/* crc.h - checksum files beside checkpoint files.  We verify those we find and write none: who
 * replaces a file removes its siblings first.
 */
#ifndef MR_CHECKPOINT_CRC_H
#define MR_CHECKPOINT_CRC_H

#include "base/base.h"

/* CRC-32C (Castagnoli) of the bytes. */
uint32_t mr_crc_32c(mr_str bytes);
/* `sibling`: the JSON of "<name>.crc" (Spark 4.1).  MR_CORRUPT when it is damaged or does not
 * match. */
MR_NODISCARD mr_status mr_crc_check_spark(mr_str file, mr_str sibling, const char *name,
                                          mr_error *err);
/* `sibling`: the bytes of ".<name>.crc" (Hadoop's local file system). */
MR_NODISCARD mr_status mr_crc_check_hadoop(mr_str file, mr_str sibling, const char *name,
                                           mr_error *err);

#endif /* MR_CHECKPOINT_CRC_H */
