import { isUtf8 } from 'node:buffer';
import * as fc from 'fast-check';
import { JsonFields } from './json-fields';
import { JsonScanner } from './json-scanner';

const FIELDS = new JsonFields(['topic', 'message', 'id', '__proto']);

/** Scans an object in pieces that end at the given places. */
function scan(
  bytes: Buffer,
  cuts: readonly number[] = [],
  scanner = new JsonScanner(FIELDS),
): JsonScanner & { stop?: number } {
  scanner.begin();
  if (bytes[0] !== 0x7b) throw new Error('not the beginning of an object');
  let from = 1;
  for (const cut of [...cuts, bytes.length]) {
    const end = Math.min(cut, bytes.length);
    if (end <= from && end !== bytes.length) continue;
    from = scanner.scan(bytes, from, end, 0);
    if (scanner.status !== 'more') break;
  }
  return Object.assign(scanner, { stop: from });
}

function accepts(bytes: Buffer, cuts?: readonly number[], scanner?: JsonScanner): boolean {
  const result = scan(bytes, cuts, scanner);
  if (result.status !== 'done') return false;
  // The white space of JSON, and no other.
  const onlySpace = /^[ \t\r\n]*$/.test(bytes.subarray(result.stop).toString('latin1'));
  return onlySpace && (!result.high || isUtf8(bytes));
}

function parses(bytes: Buffer): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}

const VALID = [
  '{}',
  '{ }',
  '{"a":1}',
  ' {"a":1}'.trim(),
  '{"a":[]}',
  '{"a":[ ]}',
  '{"a":{}}',
  '{"a":[1,2,[3,{"b":null}]]}',
  '{"a":-0,"b":0.5,"c":-1.25e+10,"d":1E-2,"e":10e5,"f":0e0}',
  '{"a":true,"b":false,"c":null}',
  '{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00"}',
  '{"а":"день 😀"}',
  '{\r\n\t"a" : 1 ,\n "b" : [ 1 , 2 ]\r\n}',
  '{"":""}',
  '{"a":"\u007f"}',
];
const INVALID = [
  '{',
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  '{,"a":1}',
  '{"a":1 "b":2}',
  '{"a":[1,]}',
  '{"a":[,1]}',
  '{"a":[1}',
  '{"a":{]}',
  '{"a":01}',
  '{"a":-}',
  '{"a":1.}',
  '{"a":.5}',
  '{"a":1e}',
  '{"a":1e+}',
  '{"a":+1}',
  '{"a":0x1}',
  '{"a":NaN}',
  '{"a":Infinity}',
  '{"a":tru}',
  '{"a":trues}',
  '{"a":nul l}',
  "{'a':1}",
  '{a:1}',
  '{"a":"\n"}',
  '{"a":"\t"}',
  '{"a":"\u0000"}',
  '{"a":"\\x"}',
  '{"a":"\\u12g4"}',
  '{"a":"\\u123"}',
  '{"a":1}}',
  '{"a":1} x',
  '{"a":\u00a01}',
  '{"a":\f1}',
  '{/*c*/"a":1}',
];

test.each(VALID)('accepts %j in one piece, byte by byte and cut anywhere', (text) => {
  const bytes = Buffer.from(text);
  expect(parses(bytes)).toBe(true);
  expect(accepts(bytes)).toBe(true);
  expect(accepts(bytes, bytes.map((_, at) => at) as unknown as number[])).toBe(true);
  for (let cut = 1; cut < bytes.length; cut++) expect(accepts(bytes, [cut])).toBe(true);
});

test.each(INVALID)('refuses %j in one piece, byte by byte and cut anywhere', (text) => {
  const bytes = Buffer.from(text);
  expect(parses(bytes)).toBe(false);
  expect(accepts(bytes)).toBe(false);
  for (let cut = 1; cut < bytes.length; cut++) expect(accepts(bytes, [cut])).toBe(false);
});

const object = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ depthSize: 'medium' }));

test('agrees with JSON.parse on objects, however they are written and cut', () => {
  fc.assert(
    fc.property(
      object,
      fc.constantFrom(0, 1, '\t', ' \r\n'),
      fc.array(fc.nat(200)),
      (value, indent, cuts) => {
        const bytes = Buffer.from(JSON.stringify(value, null, indent));
        expect(
          accepts(
            bytes,
            cuts.sort((a, b) => a - b),
          ),
        ).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});

const mutation = fc.record({
  at: fc.nat(),
  remove: fc.nat(2),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 2 }),
    fc
      .constantFrom(
        '"',
        '\\',
        '\\u',
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '0',
        '-',
        '.',
        'e',
        '+',
        ' ',
        '\n',
        'null',
        '1',
      )
      .map((text) => Buffer.from(text)),
  ),
});

function mutate(
  bytes: Buffer,
  mutations: readonly { at: number; remove: number; insert: Uint8Array }[],
): Buffer {
  for (const { at, remove, insert } of mutations) {
    const place = 1 + (at % bytes.length);
    bytes = Buffer.concat([bytes.subarray(0, place), insert, bytes.subarray(place + remove)]);
  }
  return bytes;
}

test('agrees with JSON.parse on objects with mutated bytes', () => {
  fc.assert(
    fc.property(
      object,
      fc.array(mutation, { minLength: 1, maxLength: 3 }),
      fc.nat(100),
      (value, mutations, cut) => {
        const bytes = mutate(Buffer.from(JSON.stringify(value)), mutations);
        expect(accepts(bytes, [cut])).toBe(parses(bytes));
      },
    ),
    { numRuns: 5000 },
  );
});

test('agrees with JSON.parse behind a beginning that it has seen before', () => {
  const scanner = new JsonScanner(FIELDS, FIELDS.of.topic);
  const head = '{"topic":"x","message":';
  fc.assert(
    fc.property(
      fc.oneof(object, fc.jsonValue()),
      fc.array(mutation, { maxLength: 2 }),
      fc.nat(100),
      (value, mutations, cut) => {
        const tail = mutate(Buffer.from(`${JSON.stringify(value)}}`), mutations);
        const bytes = Buffer.concat([Buffer.from(head), tail]);
        expect(accepts(Buffer.from(`${head}1}`), [], scanner)).toBe(true);
        const accepted = accepts(bytes, [head.length + (cut % tail.length)], scanner);
        expect(accepted).toBe(parses(bytes));
        if (!accepted) return;
        const { starts, ends } = scanner;
        const { message } = FIELDS.of;
        const text = bytes.toString('utf8', starts[message], ends[message]);
        expect(JSON.parse(text)).toEqual((JSON.parse(bytes.toString()) as { message: unknown }).message);
      },
    ),
    { numRuns: 5000 },
  );
});

describe('objects that are written like others before', () => {
  /** Values as they may stand in a text, most of them plain. */
  const scalar = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom('"AAPL"', '187.32', '-0.41', '1700000000.125', '0', 'true', 'null'),
    },
    fc.string({ maxLength: 40 }).map((text) => JSON.stringify(text)),
    fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => JSON.stringify(text)),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
    fc.constantFrom('"\\u00e9\\n"', '1e5', '-1.5E-3', '{}', '[]', '"\\"', '-', '01', '1.', 'nul', '"', '""'),
  );
  /** `#` stands for a value. */
  const writings = [
    '{"topic":#,"message":{"symbol":#,"price":#,"note":#}}',
    '{"topic":#,"message":{"symbol":#,"price":#,"note":#},"id":#}',
    '{"id":#,"topic":#,"message":{"symbol":#,"volume":#}}',
    '{"topic": #, "message": {"symbol": #, "tags": [#, #], "of": {"a": #}}}',
    '{"topic":"usual","message":[#,[#,{"a":#}],{}],"other":{"topic":#}}',
    '{"topic":"usual","message":#,"id":#}',
    '{"topic":"other","message":#,"id":#}',
    '{"topic":"a","topic":#,"message":{},"message":{"b":#},"message":[#]}',
    '{"message":{"a":#},"topic":"usual","id":{"b":#}}',
    '{"\u00e9":#,"topic":"\u00e9","\\u0069d":#}',
    '{\n"topic":#,\r\n"message":{"a":#}}',
    '{"a":{"b":{"c":{"d":{"e":[[[[#]]]]}}}},"message":#}',
  ];
  const text = fc
    .record({
      writing: fc.constantFrom(...writings),
      values: fc.array(scalar, { minLength: 8, maxLength: 8 }),
      mutations: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(mutation, { maxLength: 2 })),
      cut: fc.option(fc.nat(150)),
      behind: fc.constantFrom('', '\n', '\n{"topic":"next"}'),
    })
    .map(({ writing, values, mutations, cut, behind }) => {
      let next = 0;
      const whole = writing.replace(/#/g, () => values[next++]) + behind;
      return { bytes: mutate(Buffer.from(whole), mutations), cuts: cut === null ? [] : [cut] };
    });
  const found = (bytes: Buffer, cuts: readonly number[], scanner: JsonScanner): unknown => {
    const { status, stop, high, breaks, deepest, present, presentBeyond, starts, ends } = scan(
      bytes,
      cuts,
      scanner,
    );
    if (status !== 'done') return { status, stop };
    const values = FIELDS.names.map((_, field) =>
      (present & (1 << field)) === 0 ? undefined : [starts[field], ends[field]],
    );
    return { status, stop, high, breaks, deepest, present, presentBeyond, values };
  };

  test('are found as if they were the first', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 2, maxLength: 40 }), (texts) => {
        const scanner = new JsonScanner(FIELDS, FIELDS.of.topic);
        for (const { bytes, cuts } of texts)
          expect(found(bytes, cuts, scanner)).toEqual(found(bytes, cuts, new JsonScanner(FIELDS)));
      }),
      { numRuns: 1000 },
    );
  });

  test('are known from the second on, up to another end', () => {
    const scanner = new JsonScanner(FIELDS, FIELDS.of.topic);
    const ends = [
      '{"topic":"a","id":1}\n......',
      '{"topic":"a","id":-2.5}\n......',
      '{"topic":"a","id":"x","b":3}\n......',
    ];
    const known = ends.map((bytes) => scan(Buffer.from(bytes), [], scanner).known);
    expect(known).toEqual([undefined, expect.anything(), undefined]);
  });

  test.each(['"b"', '"a\\n"', '"\u00e9"', '1', '{"a":1}', '["a"]'])(
    'have the same usual value, which is not %s in one and another in the next',
    (topic) => {
      const scanner = new JsonScanner(FIELDS, FIELDS.of.topic);
      const objects = [topic, '"a"', topic, '"a"'].map((text) =>
        Buffer.from(`{"topic":${text},"id":1}\n.......`),
      );
      const [first, second, third, fourth] = objects.map((bytes) => scan(bytes, [], scanner).known);
      expect([first, second]).toEqual([undefined, undefined]);
      expect(fourth).toBeDefined();
      expect(third).not.toBe(fourth);
    },
  );

  test('may be of any number of kinds, long ones and deep ones too', () => {
    const scanner = new JsonScanner(FIELDS, FIELDS.of.topic);
    for (let kind = 0; kind < 3000; kind++) {
      const deep = '['.repeat(kind % 40) + kind + ']'.repeat(kind % 40);
      const member = `"${'k'.repeat(kind % 70)}${kind % 90}":"${'v'.repeat(kind % 300)}"`;
      const bytes = Buffer.from(
        `{"topic":"${kind % 7}",${member},"message":{${member},"a":${deep}},"id":${kind}}\n`,
      );
      expect(found(bytes, [], scanner)).toEqual(found(bytes, [], new JsonScanner(FIELDS)));
    }
  });

  test('keep nothing alive once the scanner is released', () => {
    const scanner = new JsonScanner(FIELDS, FIELDS.of.topic);
    const bytes = Buffer.from('{"topic":"a","message":{"b":1}}\n');
    for (let round = 0; round < 3; round++) {
      expect(found(bytes, [], scanner)).toMatchObject({
        status: 'done',
        values: [[9, 12], [23, 30], undefined, undefined],
      });
      scanner.release();
    }
  });
});

describe('fields', () => {
  const valueOf = (text: string, name: 'topic' | 'message' | 'id'): string | undefined => {
    const bytes = Buffer.from(text);
    const scanner = scan(bytes);
    const field = FIELDS.of[name];
    if ((scanner.present & (1 << field)) === 0) return undefined;
    return bytes.toString('utf8', scanner.starts[field], scanner.ends[field]);
  };

  test.each([
    ['{"topic":"x"}', '"x"'],
    ['{ "topic" : "x" }', '"x"'],
    ['{"topic":12}', '12'],
    ['{"topic":0}', '0'],
    ['{"topic":-1.5e3 }', '-1.5e3'],
    ['{"topic":null,"a":1}', 'null'],
    ['{"topic":[1,{"topic":2}]}', '[1,{"topic":2}]'],
    ['{"topic":{} }', '{}'],
    ['{"a":{"topic":1}}', undefined],
    ['{"a":["topic"]}', undefined],
    ['{"Topic":1,"topics":2,"opic":3,"":4}', undefined],
    ['{"topic":1,"topic":"last"}', '"last"'],
    ['{"topic":1,"\\u0074opic":"escaped"}', '"escaped"'],
    ['{"\\u0074\\u006f\\u0070\\u0069\\u0063":1}', '1'],
  ])('finds the topic of %s', (text, expected) => {
    expect(valueOf(text, 'topic')).toBe(expected);
  });

  test('finds the same cut at any byte', () => {
    const bytes = Buffer.from('{"a":[1],"topic":"x\\ny","message":{"n":[1,2]},"id":17}');
    for (let cut = 1; cut < bytes.length; cut++) {
      const { starts, ends, present } = scan(bytes, [cut]);
      expect(present).toBe(0b111);
      expect(bytes.toString('latin1', starts[1], ends[1])).toBe('{"n":[1,2]}');
      expect(bytes.toString('latin1', starts[2], ends[2])).toBe('17');
    }
  });

  test('are 64 at most, and the last of them is found like the first', () => {
    const names = Array.from({ length: 64 }, (_, index) => `f${index}`);
    const scanner = new JsonScanner(new JsonFields(names), 0);
    const bytes = Buffer.from('{"f31":31,"f32":32,"f63":63,"f0":0}');
    // The second time it is known from the first.
    for (let round = 1; round <= 2; round++) {
      const { starts, ends, present, presentBeyond } = scan(bytes, [], scanner);
      expect([present, presentBeyond]).toEqual([(1 << 31) | 1, (1 << 31) | 1]);
      for (const field of [31, 32, 63])
        expect(bytes.toString('latin1', starts[field], ends[field])).toBe(String(field));
    }
    expect(scan(Buffer.from('{"f0":0}'), [], scanner)).toMatchObject({ present: 1, presentBeyond: 0 });
    expect(() => new JsonFields([...names, 'f64'])).toThrow('at most 64 fields that are known, not 65');
  });
});

test('goes down 100,000 levels without recursion, and gives the memory back', () => {
  const depth = 100_000;
  const scanner = new JsonScanner(FIELDS);
  scan(Buffer.from('{"a":' + '['.repeat(depth) + ']'.repeat(depth) + '}'), [], scanner);
  expect(scanner.status).toBe('done');
  expect(scanner.deepest).toBe(depth + 1);
  scan(Buffer.from('{"a":[{}]}'), [], scanner);
  expect(scanner).toMatchObject({ status: 'done', deepest: 3 });
});

test('looks at every byte once, whatever the pieces', () => {
  const bytes = Buffer.from('{"message":"' + 'x'.repeat(10_000) + '","n":[1,2,3]}');
  const scanner = new JsonScanner(FIELDS);
  scanner.begin();
  for (let at = 1; at < bytes.length; at++) scanner.scan(bytes, at, at + 1, 0);
  expect(scanner.status).toBe('done');
  expect(scanner.scanned).toBe(bytes.length - 1);
});
