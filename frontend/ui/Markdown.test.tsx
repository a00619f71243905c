// @vitest-environment jsdom
import { cleanup, render } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';

import { MarkedText } from '@/features/tasks/list/MarkedText';

import { Markdown } from './Markdown';

afterEach(cleanup);

describe('Markdown that tries to run something', () => {
  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '![picture](https://elsewhere.example/seen.png)',
    '<svg onload=alert(1)><a xlink:href="javascript:alert(1)">x</a></svg>',
    '<iframe src="javascript:alert(1)"></iframe>',
  ])('%s shows nothing of it', (text) => {
    const { container } = render(<Markdown text={text} />);
    expect(container.querySelector('script, img, svg, iframe, [onerror], [onload]')).toBeNull();
  });

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'data:text/html,<b>x</b>',
    'vbscript:x',
    '//elsewhere.example',
    '/today',
  ])('is no link to %s', (href) => {
    const { container } = render(<Markdown text={`[here](<${href}>)`} />);
    expect(container.querySelector('a')).toBeNull();
    expect(container.textContent).toContain('here');
  });

  it.each(['https://example.org/', 'http://example.org/', 'mailto:alice@example.org'])(
    'is a safe link to %s',
    (href) => {
      const { container } = render(<Markdown text={`[here](${href})`} />);
      const link = container.querySelector('a');
      expect(link?.getAttribute('href')).toBe(href);
      expect(link?.rel).toContain('noopener');
    },
  );

  it('has tables and lists', () => {
    const { container } = render(<Markdown text={'| a |\n|---|\n| b |\n\n- [x] done'} />);
    expect(container.querySelector('table')).not.toBeNull();
    expect(container.querySelector('li')).not.toBeNull();
  });
});

it('a title that looks like HTML is text, also where it was found', () => {
  const title = '<img src=x onerror=alert(1)> milk';
  const { container } = render(<MarkedText text={title} places={[{ start: 1, end: 4 }]} />);
  expect(container.querySelector('img')).toBeNull();
  expect(container.textContent).toBe(title);
});
