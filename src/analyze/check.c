/* check.c - which plans Spark refuses to run as a stream, and which as a batch. */
#include "analyze/analyze_priv.h"

static mr_status refuse(const mr_logical *plan, mr_error *err, const char *text)
{
    return mr_an_at(err, mr_raise_text(err, MR_EXC_ANALYSIS, "_LEGACY_ERROR_TEMP_3102", "%s", text),
                    NULL, plan);
}

/* The topmost streaming aggregation, or NULL. */
static const mr_logical *first_aggregate(const mr_logical *plan)
{
    if (plan->kind == MR_L_AGGREGATE && plan->is_streaming)
        return plan;
    for (int i = 0; i < plan->n_inputs; i++) {
        const mr_logical *found = first_aggregate(plan->inputs[i]);

        if (found != NULL)
            return found;
    }
    return NULL;
}

static bool has_marked_key(const mr_logical *aggregate)
{
    const mr_logical *input = aggregate->inputs[0];

    for (int i = 0; i < aggregate->n_exprs; i++) {
        const mr_attr *attr;

        if (aggregate->exprs[i]->kind != MR_E_ATTR)
            continue;
        attr = mr_an_find(input->output, input->n_output, aggregate->exprs[i]->attr_id);
        if (attr != NULL && attr->has_watermark)
            return true;
    }
    return false;
}

static mr_status raise_mode(mr_error *err, const char *mode, const char *operation)
{
    return mr_raise(err, MR_EXC_ANALYSIS, "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION",
                    "outputMode", mode, "operation", operation, NULL);
}

static mr_status check_mode(const mr_logical *plan, mr_output_mode mode, mr_error *err)
{
    const mr_logical *aggregate = first_aggregate(plan);

    if (mode == MR_MODE_APPEND && aggregate != NULL && !has_marked_key(aggregate))
        return raise_mode(err, "append", "streaming aggregations without watermark");
    if (mode == MR_MODE_COMPLETE && aggregate == NULL)
        return raise_mode(err, "complete", "no streaming aggregations");
    return MR_OK;
}

static bool is_stateful(const mr_logical *plan)
{
    return plan->is_streaming && (plan->kind == MR_L_AGGREGATE || plan->kind == MR_L_DEDUPLICATE);
}

/* A stateful operator above an aggregation that may send rows late. */
static mr_status check_chain(const mr_logical *plan, const mr_logical *root, bool below_stateful,
                             mr_output_mode mode, mr_error *err)
{
    if (below_stateful && plan->kind == MR_L_AGGREGATE && plan->is_streaming &&
        mode != MR_MODE_APPEND)
        return refuse(
            root, err,
            "Detected pattern of possible 'correctness' issue due to global watermark. The "
            "query contains stateful operation which can emit rows older than the current "
            "watermark plus allowed late record delay, which are \"late rows\" in "
            "downstream stateful operations and these rows can be discarded. Please refer "
            "the programming guide doc for more details. If you understand the possible "
            "risk of correctness issue and still need to run the query, you can disable "
            "this check by setting the config "
            "`spark.sql.streaming.statefulOperator.checkCorrectness.enabled` to false.");
    for (int i = 0; i < plan->n_inputs; i++)
        MR_TRY(check_chain(plan->inputs[i], root, below_stateful || is_stateful(plan), mode, err));
    return MR_OK;
}

static mr_status check_distinct(const mr_logical *plan, mr_error *err)
{
    for (int i = 0; i < plan->n_aggs; i++)
        if (plan->aggs[i]->args[0]->is_distinct)
            return refuse(plan, err,
                          "Distinct aggregations are not supported on streaming "
                          "DataFrames/Datasets. Consider using approx_count_distinct() instead.");
    return MR_OK;
}

static mr_status check_node(const mr_logical *plan, mr_output_mode mode, mr_error *err)
{
    switch (plan->kind) {
    case MR_L_AGGREGATE:
        return check_distinct(plan, err);
    case MR_L_UNION:
        for (int i = 0; i < plan->n_inputs; i++)
            if (!plan->inputs[i]->is_streaming)
                return refuse(plan, err,
                              "Union between streaming and batch DataFrames/Datasets is not "
                              "supported");
        return MR_OK;
    case MR_L_LIMIT:
        if (mode == MR_MODE_UPDATE)
            return refuse(plan, err,
                          "Limits are not supported on streaming DataFrames/Datasets in Update "
                          "output mode");
        return MR_OK;
    case MR_L_TAIL:
        return refuse(plan, err, "Tail is not supported on streaming DataFrames/Datasets");
    case MR_L_OFFSET:
        return refuse(plan, err, "Offset is not supported on streaming DataFrames/Datasets");
    case MR_L_SORT:
        if (mode == MR_MODE_COMPLETE && first_aggregate(plan) != NULL)
            return MR_OK;
        return refuse(plan, err,
                      "Sorting is not supported on streaming DataFrames/Datasets, unless it is on "
                      "aggregated DataFrame/Dataset in Complete output mode");
    default:
        return MR_OK;
    }
}

static bool is_row_id(void *data, const mr_expr *expr)
{
    const mr_expr **found = data;

    if (expr->kind != MR_E_CALL || strcmp(expr->function->name, "monotonically_increasing_id") != 0)
        return false;
    *found = expr;
    return true;
}

static mr_status check_expressions(const mr_logical *plan, mr_error *err)
{
    const mr_expr *found = NULL;

    for (int i = 0; i < plan->n_exprs; i++)
        if (mr_an_any(plan->exprs[i], is_row_id, &found))
            return refuse(plan, err,
                          "Expression(s): monotonically_increasing_id() is not supported with "
                          "streaming DataFrames/Datasets");
    return MR_OK;
}

/* From the leaves up, as Spark visits them. */
static mr_status check_nodes(const mr_logical *plan, mr_output_mode mode, mr_error *err)
{
    for (int i = 0; i < plan->n_inputs; i++)
        MR_TRY(check_nodes(plan->inputs[i], mode, err));
    if (!plan->is_streaming)
        return MR_OK;
    MR_TRY(check_node(plan, mode, err));
    return check_expressions(plan, err);
}

/* What Spark runs and this build does not. */
static mr_status check_scope(const mr_logical *plan, int n_aggregates, mr_error *err)
{
    if (plan->is_streaming && plan->kind == MR_L_DEDUPLICATE)
        return mr_an_unsupported(err, "dropDuplicates and distinct on a stream");
    if (plan->is_streaming && plan->kind == MR_L_AGGREGATE && n_aggregates++ > 0)
        return mr_an_unsupported(err, "an aggregation of an aggregation on a stream");
    for (int i = 0; i < plan->n_inputs; i++)
        MR_TRY(check_scope(plan->inputs[i], n_aggregates, err));
    return MR_OK;
}

mr_status mr_analyze_check_streaming(const mr_logical *plan, mr_output_mode mode, mr_error *err)
{
    if (!plan->is_streaming)
        return refuse(plan, err,
                      "Queries without streaming sources cannot be executed with "
                      "writeStream.start()");
    MR_TRY(check_chain(plan, plan, false, mode, err));
    MR_TRY(check_mode(plan, mode, err));
    MR_TRY(check_nodes(plan, mode, err));
    return check_scope(plan, 0, err);
}

mr_status mr_analyze_check_batch(const mr_logical *plan, mr_error *err)
{
    if (!plan->is_streaming)
        return MR_OK;
    return refuse(
        plan, err,
        "Queries with streaming sources must be executed with writeStream.start(), or from "
        "a streaming table or flow definition within a Spark Declarative Pipeline.");
}
