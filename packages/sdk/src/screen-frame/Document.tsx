/** A document to read before the answer. */
export interface DocumentProps {
  title: string
  /** Plain text; line breaks are kept. */
  text?: string
  /** An image as a `data:` address: a frame loads nothing from the network. */
  image?: string
}

/**
 * Something to read: a contract, an email, a picture of a receipt.
 * @example <Document title="Contract" text={props.contract} />
 */
export function Document({ title, text, image }: DocumentProps) {
  return (
    <figure className="document">
      <figcaption>{title}</figcaption>
      {text !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
        <div className="paper" tabIndex={0} role="document" aria-label={title}>
          {text}
        </div>
      )}
      {image !== undefined && <img src={image} alt={title} />}
    </figure>
  )
}
