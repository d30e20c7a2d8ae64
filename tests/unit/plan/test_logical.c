/* test_logical.c - nodes, schemas, and the text of EXPLAIN. */
#include "tests/unit/mr_test.h"

#include "plan/logical.h"

static mr_logical *range(mr_arena *arena)
{
    mr_logical *plan = mr_logical_new(arena, MR_L_RANGE, NULL);

    plan->end = 10;
    plan->step = 2;
    plan->output = MR_NEW(arena, mr_attr);
    plan->output[0] = (mr_attr){ .id = 7, .name = MR_STR("id"), .type = mr_type_of(MR_TYPE_LONG) };
    plan->n_output = 1;
    return plan;
}

static void a_node_shows_its_input(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_logical *plan = mr_logical_new(arena, MR_L_LIMIT, range(arena));

    (void)state;
    assert_int_equal(plan->n_inputs, 1);
    assert_int_equal(plan->n_output, 1);
    assert_int_equal(plan->output[0].id, 7);
    assert_false(plan->is_streaming);
    mr_arena_free(arena);
}

static void the_schema_is_the_output(void **state)
{
    mr_arena *arena = mr_arena_new();
    const mr_type *schema = mr_logical_schema(arena, range(arena));

    (void)state;
    assert_int_equal(schema->n_fields, 1);
    assert_true(mr_str_is(schema->fields[0].name, "id"));
    assert_false(schema->fields[0].nullable);
    mr_arena_free(arena);
}

static void explain_indents_children(void **state)
{
    mr_arena *arena = mr_arena_new();
    mr_logical *input = range(arena);
    mr_logical *plan = mr_logical_new(arena, MR_L_SORT, input);
    mr_buf text = { 0 };

    (void)state;
    plan->orders = MR_NEW(arena, mr_sort_order);
    plan->orders[0].expr = mr_expr_attr(arena, &input->output[0]);
    plan->orders[0].is_descending = true;
    plan->n_orders = 1;
    plan = mr_logical_new(arena, MR_L_LIMIT, plan);
    plan->count = 3;
    mr_logical_print(plan, &text);
    assert_string_equal(mr_buf_cstr(&text), "Limit 3\n"
                                            "+- Sort [id#7 DESC NULLS LAST]\n"
                                            "   +- Range (0, 10, step=2)\n");
    mr_buf_free(&text);
    mr_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_shows_its_input),
        cmocka_unit_test(the_schema_is_the_output),
        cmocka_unit_test(explain_indents_children),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
