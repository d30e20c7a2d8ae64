/* digest.h - MD5, SHA-1 and SHA-2 of bytes in memory. */
#ifndef MR_FUNCTION_DIGEST_H
#define MR_FUNCTION_DIGEST_H

#include "base/base.h"

void mr_digest_md5(mr_str data, uint8_t out[16]);
void mr_digest_sha1(mr_str data, uint8_t out[20]);
/* bits: 224, 256, 384 or 512; fills bits / 8 bytes. */
void mr_digest_sha2(mr_str data, int bits, uint8_t out[64]);

#endif /* MR_FUNCTION_DIGEST_H */
