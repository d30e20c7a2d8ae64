#!/usr/bin/env python3
"""Compares Millrace's message tables with the descriptors of an installed Spark Connect client.

usage: check_tables.py PROGRAM       PROGRAM is the wire room's test_proto; `PROGRAM dump` prints the
tables, one field a line: message, number, type, name, type of the message.  Exits with 77 (skipped)
when pyspark with its Connect client is not importable.
"""
import subprocess
import sys

try:
    from pyspark.sql.connect.proto import (base_pb2, catalog_pb2, commands_pb2, expressions_pb2,
                                           relations_pb2, types_pb2)
except Exception as problem:
    print("skipped:", problem)
    sys.exit(77)

PREFIX = "spark.connect."
TYPES = {1: "double", 2: "float", 3: "int64", 5: "int32", 8: "bool", 9: "string", 11: "message",
         12: "bytes", 13: "uint32", 14: "enum"}


def descriptors():
    found = {}

    def walk(descriptor):
        if descriptor.full_name in found:
            return
        found[descriptor.full_name] = descriptor
        for field in descriptor.fields:
            if field.message_type is not None:
                walk(field.message_type)

    for module in (base_pb2, relations_pb2, commands_pb2, expressions_pb2, types_pb2, catalog_pb2):
        for descriptor in module.DESCRIPTOR.message_types_by_name.values():
            walk(descriptor)
    return {name[len(PREFIX):]: d for name, d in found.items() if name.startswith(PREFIX)}


def find(messages, name):
    if name in messages:
        return messages[name]
    ends = [m for n, m in messages.items() if n.endswith("." + name)]
    return ends[0] if len(ends) == 1 else None


def is_repeated(field):
    try:
        return field.is_repeated
    except AttributeError:
        return field.label == field.LABEL_REPEATED


def wrong(field, kind, name, sub):
    if field.name != name:
        return "is called %s" % field.name
    if kind == "any":
        return None
    repeated = is_repeated(field)
    # Repeated options may be read into one struct, one after the other.
    if kind.endswith("*") != repeated and not (repeated and kind == "message"):
        return "repeated: %s" % repeated
    plain = kind.rstrip("*")
    actual = TYPES.get(field.type, str(field.type))
    if plain == "number":
        return None if actual in ("int32", "int64", "bool", "double", "float") else "is " + actual
    if plain != actual:
        return "is " + actual
    if sub != "-" and field.message_type is not None:
        full = field.message_type.full_name[len(PREFIX):]
        if full != sub and not full.endswith("." + sub):
            return "is a " + full
    return None


def main():
    messages = descriptors()
    lines = subprocess.run([sys.argv[1], "dump"], check=True, capture_output=True, text=True).stdout
    problems = []
    n_fields = 0
    for line in sorted(set(lines.splitlines())):
        message, number, kind, name, sub = line.split()
        descriptor = find(messages, message)
        n_fields += 1
        if descriptor is None:
            problems.append("%s: no such message" % message)
            continue
        field = descriptor.fields_by_number.get(int(number))
        if field is None:
            # Fields newer than the client, by name.
            if name not in ("real_time_batch_duration",):
                problems.append("%s.%s = %s: no such field" % (message, name, number))
            continue
        problem = wrong(field, kind, name, sub)
        if problem:
            problems.append("%s.%s = %s %s: %s" % (message, name, number, kind, problem))
    for problem in problems:
        print(problem)
    print("%d fields compared, %d differ" % (n_fields, len(problems)))
    return 1 if problems or n_fields == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
