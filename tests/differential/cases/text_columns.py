"""Strings cleaned and cut as in every tutorial: computed columns of a stream of CSV lines."""
from pyspark.sql import functions as F


def run(spark, t):
    t.drop("a.csv", ["id,name,mail,tags,num", "1,  ann SMITH ,Ann.Smith@example.com,a|b||c,007", "2,Bob,bob@,x,1e3", "3,,,,", '4,"Zoë O\'Neil",zoe@ex.org,"|",-12.50', "5,%d_x\\,c@d,1|2|3,0x1F"])
    df = spark.readStream.schema("id INT, name STRING, mail STRING, tags STRING, num STRING").option("header", True).csv(t.input)
    tries = {
        "case": ["upper(name)", "lower(mail)", "initcap(name)", "trim(name)", "ltrim(name)", "rtrim(name)", "btrim(name)", "trim(BOTH 'a' FROM name)", "length(name)", "char_length(trim(name))", "octet_length(name)", "bit_length(name)", "reverse(name)"],
        "cut": ["substring(mail, 1, 3)", "substr(mail, -4)", "left(mail, 2)", "right(mail, 3)", "substring_index(mail, '@', 1)", "split(mail, '@')[0]", "split_part(tags, '|', 2)", "split(tags, '[|]')", "split(tags, '\\\\|', 2)", "instr(mail, '@')", "locate('e', mail, 5)", "position('@' IN mail)", "charindex('@', mail)"],
        "regex": ["regexp_extract(mail, '^([^@]+)@(.+)$', 2)", "regexp_extract_all(tags, '(\\\\w)', 1)", "regexp_replace(mail, '[aeiou]', '*')", "regexp_like(mail, '@.+[.]')", "mail RLIKE '^[a-z]+@'", "regexp_count(tags, '[|]')", "regexp_substr(mail, '[a-z]+[.]')", "regexp_instr(mail, '@')", "mail LIKE '%@ex%'", "name ILIKE 'B_B'", "name LIKE '\\\\%d\\\\_x%'", "translate(mail, 'ae', 'AE')"],
        "build": ["concat(name, '<', mail, '>')", "concat_ws('-', name, mail, tags)", "name || '!'", "lpad(id, 3, '0')", "rpad(name, 6, '.')", "repeat('ab', id)", "format_string('%05d|%-5s|%.2f', id, name, id / 3)", "printf('%s', name)", "overlay(mail PLACING '##' FROM 2 FOR 3)", "replace(tags, '|', ';')", "space(id)", "format_number(id * 1234.567, 2)", "elt(id, 'a', 'b')", "ascii(name)", "chr(64 + id)"],
        "null": ["coalesce(name, 'none')", "nvl(name, 'x')", "nullif(tags, 'x')", "ifnull(mail, '')", "nvl2(name, 1, 0)", "name IS NULL OR trim(name) = ''", "isnull(mail)", "name <=> NULL", "coalesce(NULLIF(trim(name), ''), 'n/a')", "if(name IS NULL, 'A', 'B')", "CASE id WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END"],
        "number": ["try_cast(num AS INT)", "try_cast(num AS DOUBLE)", "try_cast(num AS DECIMAL(5,1))", "conv('1F', 16, 10)", "hex(id)", "bin(id)", "unhex('41')", "cast(id AS STRING) || num", "id + try_cast(num AS INT)", "round(try_cast(num AS DOUBLE), 1)", "hex(17)", "hex(name)", "id % 2 = 0", "pmod(-id, 3)", "id DIV 2", "-id", "~id", "id & 1", "shiftleft(id, 2)"],
        "hash": ["md5(mail)", "sha1(mail)", "sha2(mail, 256)", "crc32(mail)", "hash(name, id)", "xxhash64(name)", "base64(mail)", "soundex(name)", "levenshtein(name, mail)", "decode(encode(name, 'UTF-8'), 'UTF-8')", "url_encode(name)", "startswith(mail, 'b')", "endswith(mail, 'org')", "contains(tags, '|')", "find_in_set('b', 'a,b')"],
        "arrays": ["size(split(tags, '[|]'))", "array_join(split(tags, '[|]'), '+')", "array_contains(split(tags, '[|]'), 'b')", "sort_array(split(tags, '[|]'), false)", "array_distinct(split(tags, '[|]'))", "slice(split(tags, '[|]'), 1, 2)", "transform(split(tags, '[|]'), x -> upper(x))", "filter(split(tags, '[|]'), x -> x <> '')", "element_at(split(tags, '[|]'), -1)", "array_position(split(tags, '[|]'), 'b')", "arrays_zip(split(tags, '[|]'), array(1,2))", "flatten(array(split(tags, '[|]'), array('z')))", "array_remove(split(tags, '[|]'), '')", "str_to_map('a:1,b:2')", "reverse(split(tags, '[|]'))", "sequence(1, id)", "array_repeat(name, 2)", "exists(split(tags, '[|]'), x -> x = 'c')", "array_compact(array(name, 'x'))", "array_append(split(tags, '[|]'), 'q')"],
        "urls": ["parse_url('http://u:p@h.com:80/p/a?q=1&r=x%20y#f', 'HOST')", "parse_url('http://u:p@h.com:80/p/a?q=1&r=x%20y#f', 'PATH')", "parse_url('http://u:p@h.com:80/p/a?q=1&r=x%20y#f', 'QUERY')", "parse_url('http://u:p@h.com:80/p/a?q=1&r=x%20y#f', 'QUERY', 'r')", "parse_url('http://u:p@h.com:80/p/a?q=1&r=x%20y#f', 'REF')", "parse_url('http://u:p@h.com:80/p/a?q=1#f', 'PROTOCOL')", "parse_url('http://u:p@h.com:80/p/a?q=1', 'FILE')", "parse_url('http://u:p@h.com:80/p', 'AUTHORITY')", "parse_url('http://u:p@h.com:80/p', 'USERINFO')", "parse_url('http://h.com', 'PATH')", "parse_url('http://h.com', 'QUERY')", "try_parse_url('not a url', 'HOST')", "url_decode('a%20b+c')", "parse_url('http://h/?a=1&ab=2', 'QUERY', 'b')", "parse_url(mail, 'HOST')"],
    }
    for label, exprs in tries.items():
        t.once(label, lambda e=exprs: df.selectExpr("id", *[f"{x} AS `{i}`" for i, x in enumerate(e)]))
        t.attempt(label + " types", lambda e=exprs: [list(x) for x in df.selectExpr(*e).dtypes])
    t.once("bad url", lambda: df.selectExpr("parse_url('a b', 'HOST')"))
    t.once("bad cast", lambda: df.select(F.col("num").cast("int")))
    t.once("str_to_map", lambda: df.where("id = 5").selectExpr("str_to_map(tags, '[|]', ':')", "str_to_map(tags, '\\\\|')"))
    t.once("str_to_map twice", lambda: df.selectExpr("str_to_map(tags, '[|]', ':')"))
    t.once("bad group", lambda: df.select(F.regexp_extract("name", "(a)", 3)))
    t.once("concat number", lambda: df.select(F.concat("id", F.lit("-"), "num"), F.col("id") + F.lit("1"), F.col("id") == "1"))
