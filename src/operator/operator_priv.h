/* operator_priv.h - the kinds, one file each. */
#ifndef MR_OPERATOR_PRIV_H
#define MR_OPERATOR_PRIV_H

#include "operator/operator.h"

extern const mr_operator_ops mr_op_scan_ops;
extern const mr_operator_ops mr_op_rows_ops; /* LOCAL, RANGE, ONE_ROW */
extern const mr_operator_ops mr_op_project_ops;
extern const mr_operator_ops mr_op_filter_ops;
extern const mr_operator_ops mr_op_watermark_ops;
extern const mr_operator_ops mr_op_window_ops;
extern const mr_operator_ops mr_op_generate_ops;
extern const mr_operator_ops mr_op_aggregate_ops;
extern const mr_operator_ops mr_op_sort_ops;
extern const mr_operator_ops mr_op_limit_ops; /* LIMIT, OFFSET, TAIL */
extern const mr_operator_ops mr_op_union_ops;
extern const mr_operator_ops mr_op_deduplicate_ops;

/* op_aggregate.c: runs the aggregation, hands its rows out as pieces; the operator of one. */
mr_status mr_op_aggregate_pieces(mr_operator *op, int *n, mr_error *err);
extern const mr_operator_ops mr_op_piece_ops;
void mr_op_piece_of(mr_operator *piece, mr_operator *aggregate, int index);
/* Reads all of an operator into dense batches copied into `arena`; *n of them. */
mr_status mr_operator_drain(mr_operator *op, mr_arena *arena, mr_batch ***out, int *n,
                            mr_error *err);

#endif /* MR_OPERATOR_PRIV_H */
