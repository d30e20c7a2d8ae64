/* run_priv.h - lanes: which bytes of which files one reader reads. */
#ifndef MR_RUN_PRIV_H
#define MR_RUN_PRIV_H

#include "run/run.h"

/* Lanes a scan's input is cut into, from the sizes alone. */
int mr_lane_count(const mr_run *run, const mr_spec *scan);
/* A reader over one lane (0-based), or over everything in order (-1). */
mr_status mr_lane_open(const mr_run *run, const mr_spec *scan, int lane, mr_op_reader *out,
                       mr_error *err);

#endif /* MR_RUN_PRIV_H */
