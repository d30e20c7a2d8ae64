"""Compressed inputs, CRLF, no last newline, lineSep, encodings, empty lines, a BOM, long lines."""
import gzip


def run(spark, t):
    def one(label, name, data, fmt="json", schema="a INT, b STRING", **options):
        d = t.dir(label.replace(" ", "_"))
        t.drop(name, data, into=d)
        t.once(label, lambda: spark.readStream.format(fmt).schema(schema).options(**options).load(d))

    lines = b'{"a":1,"b":"x"}\n{"a":2,"b":"\xc3\xa9"}\n'
    one("gzip", "a.json.gz", gzip.compress(lines))
    one("gzip csv", "a.csv.gz", gzip.compress(b"1,x\n2,y\n"), "csv")
    one("gzip broken", "a.json.gz", gzip.compress(lines)[:-12])
    one("not gzip", "a.json.gz", lines)
    one("crlf", "a.json", lines.replace(b"\n", b"\r\n"))
    one("cr", "a.json", lines.replace(b"\n", b"\r"))
    one("crlf csv", "a.csv", b"1,x\r\n2,y\r\n", "csv")
    one("cr csv", "a.csv", b"1,x\r2,y", "csv")
    one("no last newline", "a.json", lines[:-1])
    one("blank lines", "a.json", b"\n\n" + lines + b"\n  \n")
    one("bom", "a.json", b"\xef\xbb\xbf" + lines)
    one("bom csv", "a.csv", b"\xef\xbb\xbf1,x\n2,y\n", "csv")
    one("lineSep", "a.json", lines.replace(b"\n", b"|"), lineSep="|")
    one("lineSep csv", "a.csv", b"1,x;2,y;", "csv", lineSep=";")
    one("bad utf8", "a.json", b'{"a":1,"b":"\xff\xfe"}\n{"a":2}\n')
    one("bad utf8 csv", "a.csv", b"1,\xff\xfe\n2,ok\n", "csv")
    one("nul byte", "a.json", b'{"a":1,"b":"x\x00y"}\n{"a":2}\n')
    one("escapes", "a.json", b'{"a":1,"b":"\\u00e9\\ud83d\\ude00\\n\\"\\\\"}\n{"a":2,"b":"\\ud83d"}\n')
    one("long line", "a.json", b'{"a":1,"b":"' + b"x" * 300000 + b'"}\n{"a":2}\n', schema="a INT")
    one("deep", "a.json", b'{"a":1,"z":' + b"[" * 900 + b"]" * 900 + b"}\n")
    one("too deep", "a.json", b'{"a":1,"z":' + b"[" * 1100 + b"]" * 1100 + b"}\n{\"a\":2}\n")
    one("pretty", "a.json", b'{\n "a": 1,\n "b": "x"\n}\n{"a":2}\n', multiLine=True)
    one("csv multiline", "a.csv", b'1,"two\nlines"\n2,y\n', "csv", multiLine=True)
    one("csv newline in quotes", "a.csv", b'1,"two\nlines"\n2,y\n', "csv")
    one("text", "a.txt", b"one\ntwo\r\n\nfour", "text", schema="value STRING")
    one("big numbers", "a.json", b'{"a":2147483647,"b":1e400}\n{"a":2147483648,"b":12345678901234567890.10}\n{"a":1e2}\n{"a":-0}\n{"a":1.0}\n')
