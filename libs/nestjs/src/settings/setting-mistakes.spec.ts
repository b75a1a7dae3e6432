import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { mistakesIn } from './setting-mistakes';

class Settings {
  @IsOptional() @IsInt() @Min(1) @Max(65_535) port: unknown;
}

it.each([
  ['8888', 'must be an integer number, not the text "8888"'],
  [NaN, 'NaN must be an integer number'],
  [Infinity, 'Infinity must be an integer number'],
  ['much', '"much" must be an integer number'],
  [0, '0 must not be less than 1'],
])('Of %p as a port, one thing is wrong', (port, text) => {
  const mistakes = mistakesIn(Settings, { port }, (known) => Object.assign(new Settings(), known));
  expect(mistakes).toEqual([{ path: 'port', text }]);
});
