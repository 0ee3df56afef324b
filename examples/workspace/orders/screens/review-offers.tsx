import { Actions, Button, Table, Text, useScreen } from 'bifrost/screen'
import { useState } from 'react'
import type { Offer } from '../../_clients/offers.ts'

interface Props {
  article: string
  offers: Offer[]
  recommended: string
}

/** Three offers side by side; one click takes one. */
export default function ReviewOffers() {
  const { props, draft, isBusy, fieldErrors, complete, cancel, saveDraft } = useScreen<Props>()
  const [count, setCount] = useState(typeof draft === 'string' ? draft : '10')
  const euro = (amount: number) => `${amount.toFixed(2)} EUR`
  return (
    <>
      <Text>
        {props.recommended} would cost the least for {props.article}, delivery included.
      </Text>
      <div className="field">
        <label htmlFor="count">How many</label>
        <input
          id="count"
          inputMode="numeric"
          value={count}
          aria-invalid={fieldErrors['count'] !== undefined}
          onChange={(event) => setCount(event.target.value)}
          onBlur={() => saveDraft(count)}
        />
        {fieldErrors['count'] && <Text kind="warning">How many {fieldErrors['count']}</Text>}
      </div>
      <Table
        caption="Offers"
        rows={props.offers}
        columns={[
          'supplier',
          { name: 'price', align: 'right', show: (offer) => euro(offer.price) },
          { name: 'delivery', align: 'right', show: (offer) => euro(offer.delivery) },
          'days',
          {
            name: 'choose',
            label: '',
            show: (offer) => (
              <Button
                {...(offer.supplier === props.recommended ? { look: 'primary' as const } : {})}
                onClick={() => complete({ supplier: offer.supplier, count: Number(count) })}
              >
                Take {offer.supplier}
              </Button>
            ),
          },
        ]}
      />
      <Actions>
        <Button look="danger" disabled={isBusy} onClick={() => cancel('None of these.')}>
          None of these
        </Button>
      </Actions>
    </>
  )
}
