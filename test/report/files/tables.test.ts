import { describe, expect, it } from 'vitest';
import { compare } from '../../../src/report/compared.ts';
import { latexTable, latexText } from '../../../src/report/files/latex.ts';
import { markdownTable, markdownText } from '../../../src/report/files/markdown.ts';
import { type PaperTable, summaryTable } from '../../../src/report/files/paperTable.ts';
import { summaryRows } from '../../../src/report/table.ts';
import type { RunRecord } from '../../../src/run/record.ts';
import { diverged, HOSTILE, hostileRecords, recordWithLosses, syntheticRecord } from '../syntheticRecords.ts';

const TABLE: PaperTable = {
  id: 'final loss',
  title: 'Final loss',
  caption: 'Median & range.',
  columns: [
    { name: 'Method', align: 'left' },
    { name: 'Loss', align: 'decimal' },
    { name: 'n', align: 'right' },
  ],
  rows: [
    { cells: ['adam_1', '0.457 (0.4–0.5)', '2'], emphasis: [false, true, false] },
    { cells: ['a|b', '12', '10'] },
    { cells: ['<b>', '–', '3'] },
  ],
};

describe('a table in LaTeX', () => {
  it('is set by booktabs, its numbers aligned at their points, the best in bold', () => {
    expect(
      latexTable(TABLE),
    ).toBe(String.raw`% needs \usepackage{booktabs,graphicx}; a table that is wider than the text is made as wide
\begin{table}
  \centering
  \caption{Median \& range.}
  \label{tab:final-loss}
  \smallskip
  \resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%
  \begin{tabular}{@{}lr@{}lr@{}}
    \toprule
    Method & \multicolumn{2}{c}{Loss} & n \\
    \midrule
    adam\_1 & \textbf{0} & \textbf{.457 (0.4--0.5)} & 2 \\
    a\textbar{}b & 12 &  & 10 \\
    \textless{}b\textgreater{} & \multicolumn{2}{c}{--} & 3 \\
    \bottomrule
  \end{tabular}}
\end{table}
`);
  });

  it.each([
    ['50% of $x_1 & #2', '50\\% of \\$x\\_1 \\& \\#2'],
    ['\\input{/etc/passwd}', '\\textbackslash{}input\\{/etc/passwd\\}'],
    [
      'a^b ~ "c" `d`',
      'a\\textasciicircum{}b \\textasciitilde{} \\symbol{34}c\\symbol{34} \\textasciigrave{}d\\textasciigrave{}',
    ],
    ['--- 1e-5', '-{}-{}- 1e-5'],
    ['∞ ± 1–2…', '$\\infty$ $\\pm$ 1--2\\ldots{}'],
    ['Größe', 'Größe'],
    ['two\nlines', 'two\\textbackslash{}nlines'],
    ['🚀', '\\texttt{\\textbackslash{}u\\{1f680\\}}'],
    ['\ud800', '\\texttt{\\textbackslash{}u\\{d800\\}}'],
  ])('prints %j as it is', (text, expected) => {
    expect(latexText(text)).toBe(expected);
  });
});

describe('a table in Markdown', () => {
  it('has its numbers at the right, the best in bold, the caption below', () => {
    expect(markdownTable(TABLE)).toBe(`| Method | Loss | n |
| :--- | ---: | ---: |
| adam\\_1 | **0.457 (0.4–0.5)** | 2 |
| a&#124;b | 12 | 10 |
| &#60;b&#62; | – | 3 |

Median &#38; range.
`);
  });

  it.each([
    ['*a* `b` [c](d)', '\\*a\\* \\`b\\` \\[c\\](d)'],
    ['@someone #12', '&#64;someone &#35;12'],
    ['https://example.org www.example.org', 'https&#58;//example.org www&#46;example.org'],
    ['<img src=x onerror="1">', '&#60;img src=x onerror="1"&#62;'],
    ['a\nb', 'a\\\\nb'],
    ['&#124;', '&#38;&#35;124;'],
  ])('shows %j as it is', (text, expected) => {
    expect(markdownText(text)).toBe(expected);
  });
});

const tableOf = (records: readonly RunRecord[]) => {
  const compared = compare({ records, planned: records.map(({ spec }) => spec) }, undefined);
  return summaryTable(summaryRows(compared.methods), compared);
};
const run = (kind: string, seed: number, loss: number) =>
  recordWithLosses([3, loss], { optimizer: { kind, learningRate: 0.1 }, seed });

describe('the summary as a table of a paper', () => {
  it('has a method a row with medians and ranges, the lowest of each column in bold', () => {
    const sgd = { kind: 'sgd', learningRate: 0.1 };
    const records = [
      ...[0, 1, 2].map((seed) => run('adam', seed, 0.5 + seed / 10)),
      ...[0, 1].map((seed) => run('sgd', seed, 1 + seed / 10)),
      syntheticRecord({ optimizer: sgd, seed: 2, outcome: diverged(5) }),
    ];
    const { columns, rows, caption } = tableOf(records);
    expect(columns.map(({ name }) => name)).toEqual([
      'Method',
      'Best learning rate',
      'Final validation error',
      'P(better than adam)',
      'Validation loss',
      'Test error',
      'Diverged',
      'Cost of a step',
    ]);
    expect(rows[0].cells).toEqual([
      'adam',
      '0.1',
      '6.00% (5.00–7.00%)',
      '–',
      '0.600 (0.500–0.700)',
      '6.00% (5.00–7.00%)',
      '0 of 3',
      '1.00 MFLOP',
    ]);
    expect(rows[1].cells[3]).toBe('0.00');
    expect(rows[1].cells.slice(2, 3)).toEqual(['11.0% (10.0–diverged)']);
    expect(rows[1].cells.at(-2)).toBe('1 of 3');
    expect(rows.map(({ emphasis }) => emphasis?.[2])).toEqual([true, false]);
    expect(rows[0].emphasis?.slice(0, 2)).toEqual([false, false]);
    expect(caption).toContain('median and range over 3 seeds');
  });

  it('has nothing in bold where everything diverged', () => {
    const optimizer = { kind: 'sgd', learningRate: 1 };
    const { rows, caption } = tableOf([syntheticRecord({ optimizer, outcome: diverged(5) })]);
    expect(rows[0].emphasis).not.toContain(true);
    expect(rows[0].cells.slice(2)).toEqual(['–', '–', '1 of 1']);
    expect(caption).toContain('No run has completed.');
  });

  it('of hostile names keeps to its rows, in both formats', () => {
    const table = tableOf(hostileRecords());
    const markdown = markdownTable(table).trimEnd().split('\n');
    expect(markdown).toHaveLength(2 + HOSTILE.length + 2);
    expect(markdown.slice(0, -2).map((line) => line.split('|').length)).toEqual(
      Array(2 + HOSTILE.length).fill(table.columns.length + 2),
    );
    const latex = latexTable(table).split('\n');
    expect(latex.filter((line) => line.endsWith(' \\\\'))).toHaveLength(1 + HOSTILE.length);
    expect(latex.join('\n')).not.toMatch(/(?<!\\)[#$^~]/);
  });
});
