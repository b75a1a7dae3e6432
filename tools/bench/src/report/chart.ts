/** One bar: a figure, and the smallest and the largest of its rounds. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** The figure as it is to be read. */
  readonly text: string;
  /** Whose it is, which gives the bar its colour. */
  readonly side: 'ours' | 'peer' | 'reference';
}

/** Bars of one scale. */
export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** A group whose largest bar is so many times its smallest has a logarithmic scale, or the small ones would vanish. */
const LOG_FROM = 60;

const BAR = 14;
const ROW = 20;
const TITLE = 34;
const PLOT = 420;
const MARGIN = 16;
/** Room for the figures behind the bars. */
const FIGURES = 110;
/** About the width of a character of labels. */
const CHARACTER = 6.6;

/** Colours for a light page, and for a dark one where the reader's system asks for it. */
const STYLE = `
  .page { fill: #ffffff } text { fill: #1f2328; font: 12px system-ui, sans-serif } .title { font-weight: 600; font-size: 13px }
  .note { fill: #59636e; font-weight: 400; font-size: 11px } .ours { fill: #0969da } .peer { fill: #9a6700 }
  .reference { fill: #8c959f } .spread { stroke: #1f2328; stroke-width: 1.2; opacity: .55 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } text { fill: #e6edf3 } .note { fill: #9198a1 } .ours { fill: #4493f8 } .peer { fill: #d29922 }
    .reference { fill: #6e7681 } .spread { stroke: #e6edf3 }
  }
`;

/** An SVG file with a horizontal bar for each figure, under the title of its group. */
export function chart(groups: readonly BarGroup[]): string {
  const labels = groups.flatMap(({ bars }) => bars.map(({ label }) => label.length));
  const left = MARGIN + Math.ceil(Math.max(0, ...labels) * CHARACTER) + 8;
  const width = left + PLOT + FIGURES + MARGIN;
  let top = MARGIN;
  const parts = groups.map((group) => {
    const part = groupAt(group, left, top);
    top += TITLE + group.bars.length * ROW;
    return part;
  });
  const height = top + MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<style>${STYLE}</style>
<rect class="page" width="${width}" height="${height}"/>
${parts.join('\n')}
</svg>
`;
}

function groupAt({ title, bars }: BarGroup, left: number, top: number): string {
  const { scale, note } = scaleOf(bars);
  const head = `<text class="title" x="${MARGIN}" y="${top + 20}">${escaped(title)} <tspan class="note">${note}</tspan></text>`;
  const rows = bars.map((bar, index) => barAt(bar, scale, left, top + TITLE + index * ROW));
  return [head, ...rows].join('\n');
}

function barAt({ label, value, min, max, text, side }: Bar, scale: Scale, left: number, top: number): string {
  const middle = top + BAR / 2;
  const [end, low, high] = [value, min, max].map((each) => left + scale(each));
  return [
    `<text x="${left - 8}" y="${middle + 4}" text-anchor="end">${escaped(label)}</text>`,
    `<rect class="${side}" x="${left}" y="${top}" width="${round(end - left)}" height="${BAR}" rx="2"/>`,
    `<line class="spread" x1="${round(low)}" x2="${round(high)}" y1="${middle}" y2="${middle}"/>`,
    `<text x="${round(Math.max(end, high) + 6)}" y="${middle + 4}">${escaped(text)}</text>`,
  ].join('\n');
}

/** Pixels of a figure. */
type Scale = (value: number) => number;

function scaleOf(bars: readonly Bar[]): { readonly scale: Scale; readonly note: string } {
  const most = Math.max(...bars.map(({ max }) => max));
  const least = Math.min(...bars.map(({ min }) => min));
  if (least > 0 && most / least > LOG_FROM) {
    const from = 10 ** Math.floor(Math.log10(least) - 0.5);
    const decades = Math.log10(most / from);
    return { scale: (value) => (PLOT * Math.log10(value / from)) / decades, note: 'logarithmic' };
  }
  return { scale: (value) => (most > 0 ? (PLOT * value) / most : 0), note: '' };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const round = (value: number) => Math.round(value * 10) / 10;
