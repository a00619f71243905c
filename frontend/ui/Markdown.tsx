'use client';

import ReactMarkdown from 'react-markdown';
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize';
import remarkGfm from 'remark-gfm';

/** HTML in the text stays text; links lead only to the web or to a mail; pictures would tell their host who reads. */
const SCHEMA = {
  ...defaultSchema,
  tagNames: (defaultSchema.tagNames ?? []).filter((name) => name !== 'img'),
  protocols: { href: ['http', 'https', 'mailto'] },
};

export function Markdown({ text }: { text: string }) {
  return (
    <ReactMarkdown
      remarkPlugins={[remarkGfm]}
      rehypePlugins={[[rehypeSanitize, SCHEMA]]}
      components={{
        a: ({ href, title, children }) =>
          isWebLink(href) ? (
            <a href={href} title={title} target="_blank" rel="noopener noreferrer nofollow">
              {children}
            </a>
          ) : (
            <span>{children}</span>
          ),
      }}
    >
      {text}
    </ReactMarkdown>
  );
}

function isWebLink(href: string | undefined): boolean {
  return href !== undefined && /^(https?:|mailto:)/i.test(href);
}
