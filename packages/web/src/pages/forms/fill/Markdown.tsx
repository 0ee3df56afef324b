import DOMPurify from 'dompurify'
import { Marked } from 'marked'
import { useEffect, useRef } from 'react'

// HTML within the text is shown as the text that it is.
const marked = new Marked({
  renderer: {
    html: ({ text }) => text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;' })[sign] ?? '&gt;'),
  },
})

const allowed = {
  ALLOWED_TAGS: [
    ...['p', 'br', 'hr', 'em', 'strong', 'del', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'a'],
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  ALLOWED_ATTR: ['href', 'align', 'start'],
  ALLOWED_URI_REGEXP: /^(https?:|mailto:|tel:|[/#])/i,
}

/** A text in Markdown that another person wrote. What it may become is a list of plain elements, and nothing else. */
export function Markdown({ text, className = '' }: { text: string; className?: string }) {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const fragment = DOMPurify.sanitize(marked.parse(text, { async: false }), {
      ...allowed,
      RETURN_DOM_FRAGMENT: true,
    })
    for (const link of fragment.querySelectorAll('a')) {
      link.target = '_blank'
      link.rel = 'noopener noreferrer nofollow'
    }
    element.current?.replaceChildren(fragment)
  }, [text])
  return <div ref={element} className={`markdown ${className}`} />
}
