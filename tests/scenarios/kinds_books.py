"""What a bookkeeper adds up: contracts, deposits, retentions, caps, frozen prices."""

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")

#: What posted documents bill under each rule, at prices as they were agreed: with the
#: tax where that is included. Credit notes count against the line that
#: they name, down to nothing: accounting may credit more than there was.
POSTED_LINES = """
    SELECT line.id, line.rule_id, line.adjusts,
           sum(aml.{amount}) FILTER (WHERE move.move_type = 'out_invoice') AS billed,
           coalesce(abs(sum(aml.{amount}) FILTER (
               WHERE move.move_type = 'out_refund')), 0) AS credited
      FROM account_move_line aml
      JOIN account_move move ON move.id = aml.move_id
      JOIN project_billing_line line
        ON line.id = coalesce(aml.billing_line_id, aml.billing_origin_line_id)
     WHERE line.project_id = %s AND move.state = 'posted'
       AND move.move_type IN ('out_invoice', 'out_refund')
     GROUP BY line.id
"""
POSTED = f"""
    SELECT rule_id, adjusts, sum(sign(billed) * greatest(abs(billed) - credited, 0))
      FROM ({POSTED_LINES}) lines
     GROUP BY rule_id, adjusts
"""
#: The same of what waits on requests and drafts.
WAITING = """
    SELECT line.rule_id, line.adjusts, sum(line.{amount})
      FROM project_billing_line line
      JOIN project_billing_request request ON request.id = line.request_id
      LEFT JOIN account_move move ON move.id = request.invoice_id
     WHERE line.project_id = %s AND request.state <> 'cancelled'
       AND NOT coalesce(line.removed, FALSE)
       AND coalesce(move.state, 'draft') = 'draft'
     GROUP BY line.rule_id, line.adjusts
"""
#: What is open of contracts: of something that was billed in part, what its price
#: comes to less what its lines bill, as the contract may have changed since.
OPEN = f"""
    SELECT item.rule_id,
           sum(CASE WHEN item.quantity_open IN (0, item.quantity)
                         OR item.quantity_written_off <> 0 THEN item.amount_open
                    ELSE item.amount - taken.amount END),
           bool_or(item.quantity_written_off <> 0),
           count(*) FILTER (WHERE item.quantity = item.quantity_open)
      FROM project_billing_item item
      CROSS JOIN LATERAL (
           SELECT coalesce(sum(coalesce(sign(posted.billed)
                      * greatest(abs(posted.billed) - posted.credited, 0),
                      line.{{amount}})), 0) AS amount
             FROM project_billing_line line
             LEFT JOIN ({POSTED_LINES}) posted ON posted.id = line.id
            WHERE line.id IN (SELECT line_id FROM project_billing_allocation slice
                               WHERE slice.item_id = item.id AND slice.action = 'bill'
                                 AND slice.state <> 'released')) AS taken
     WHERE item.project_id = %s AND NOT coalesce(item.is_adjustment, FALSE)
     GROUP BY item.rule_id
"""
#: I22: prices of what is in use, and of lines that are out of the manager's hands.
FROZEN = """
    SELECT DISTINCT item.id, item.price_unit, item.discount
      FROM project_billing_item item
      JOIN project_billing_allocation slice
        ON slice.item_id = item.id AND slice.state <> 'released'
     WHERE item.project_id = %s AND NOT coalesce(item.is_adjustment, FALSE)
       AND item.kind <> 'manual'
"""
FROZEN_LINES = """
    SELECT line.id, line.price_unit, line.discount, line.quantity
      FROM project_billing_line line
      JOIN project_billing_request request ON request.id = line.request_id
     WHERE line.project_id = %s AND request.state IN ('approved', 'invoiced')
"""
STATES = """
    SELECT request.state, concat(request.state, '.', move.state)
      FROM project_billing_request request
      LEFT JOIN account_move move ON move.id = request.invoice_id
     WHERE request.project_id = %s
     UNION
    SELECT 'note', concat('note.', note.state)
      FROM project_billing_line line
      JOIN account_move_line aml ON aml.billing_origin_line_id = line.id
      JOIN account_move note ON note.id = aml.move_id
     WHERE line.project_id = %s AND note.move_type = 'out_refund'
"""
#: What is open of time, by what an hour of it is worth.
UNCOLLECTED = """
    SELECT price_unit, coalesce(discount, 0), sum(quantity_open)
      FROM project_billing_item
     WHERE project_id = %s AND kind = 'time' AND ready AND quantity_open <> 0
       AND NOT coalesce(is_adjustment, FALSE) AND date <= %s
     GROUP BY 1, 2
"""
CAPPED = """
    SELECT line.price_unit, line.discount, line.unit, sum(slice.quantity)
      FROM project_billing_allocation slice
      JOIN project_billing_line line ON line.id = slice.line_id
     WHERE line.rule_id = %s AND slice.action = 'bill' AND slice.state <> 'released'
     GROUP BY line.id
"""


def money(value):
    """Return a stored amount exactly."""
    return Decimal(str(value or 0)).quantize(CENT)


def corrections(env, project, until, request=None):
    """Yield what is wrong with open time after collecting.

    Work is in the draft, less what was taken back at the same terms; corrections wait
    only when the draft comes to next to nothing.

    :param request: the draft, None when there was nothing to bill
    """
    env.flush_all()
    env.cr.execute(UNCOLLECTED, [project.id, until])
    lines = request.sudo().line_ids._live() if request else ()
    amount = sum(line.price_subtotal for line in lines if not line.adjusts)
    found = []
    for price, discount, minutes in env.cr.fetchall():
        if minutes > 0 or minutes < 0 and amount > 6:
            found.append(f"{minutes} min at {price} - {discount} wait beside {amount}")
    return found


class Books:
    """The books after one step.

    :param before: those after the step before
    """

    def __init__(self, world, before=None):
        self.world, self.before = world, before
        self.posted = self._sums(POSTED)
        self.waiting = self._sums(WAITING)
        self.open, self.written, self.unheld = {}, {}, {}
        for rule_id, amount, written, unheld in self._rows(OPEN):
            self.open[rule_id] = money(amount)
            self.written[rule_id], self.unheld[rule_id] = written, unheld
        self.frozen = {row[0]: row[1:] for row in self._rows(FROZEN)}
        self.states = {state for row in self._rows(STATES) for state in row}
        self.lines = {row[0]: row[1:] for row in self._rows(FROZEN_LINES)}

    def _rows(self, query, record=None):
        record = record or self.world.case.project
        amount = "price_total" if self.world.terms["included"] else "price_subtotal"
        query = query.replace("{amount}", amount)
        self.world.env.cr.execute(query, [record.id] * query.count("%s"))
        return self.world.env.cr.fetchall()

    def _sums(self, query):
        rows = self._rows(query)
        return {(rule, bool(adj)): money(total) for rule, adj, total in rows}

    def _billed(self, rule, adjusts=False):
        """Return (on posted documents, on requests and drafts) of a rule."""
        key = (rule.id, adjusts)
        return self.posted.get(key, Decimal(0)), self.waiting.get(key, Decimal(0))

    def complaints(self):
        """Return what does not add up."""
        return [
            *self._contracts(),
            *self._deductions(),
            *self._caps(),
            *self._prices(),
        ]

    def _contracts(self):
        """I19: billed, in requests and open are the contract."""
        for rule in self.world.contract | self.world.progress:
            contract = money(rule.contract_amount)
            open_ = self.open.get(rule.id, Decimal(0))
            total = sum(self._billed(rule)) + open_
            within = total <= contract
            if self.unheld.get(rule.id) and not self.written[rule.id]:
                within = total == contract
            if not within:
                yield f"{rule.kind}: {self._billed(rule)} and {open_} of {contract}"

    def _deductions(self):
        deposit = self.world.deposit
        if deposit:
            sold, _drafts = self._billed(deposit)
            taken = -sum(self._billed(deposit, True))
            if not 0 <= taken <= sold:
                yield f"deposit: {taken} deducted of {sold}"
        retention = self.world.retention
        if retention:
            held = -self._billed(retention, True)[0]
            released = sum(self._billed(retention))
            if not 0 <= released <= held:
                yield f"retention: {released} released of {held}"

    def _caps(self):
        """I20: what is billed, line by line, is the counter and within the cap."""
        cap = self.world.cap
        if not cap:
            return
        rule = self.world.case.rule
        rounding = ROUND_CEILING if self.world.terms["globally"] else ROUND_HALF_UP
        total, step = Decimal(0), Decimal("0.05") if self.world.terms["coins"] else CENT
        for price, discount, unit, quantity in self._rows(CAPPED, rule):
            quantity = Decimal(str(quantity))
            if unit == "minute":
                quantity = (quantity / 60).quantize(CENT, ROUND_HALF_UP)
            kept = 1 - Decimal(str(discount or 0)) / 100
            amount = quantity * Decimal(str(price)) * kept
            total += (amount / step).quantize(Decimal(1), rounding) * step
        self.world.env.cr.execute(
            "SELECT amount_used, limit_amount FROM project_billing_cap WHERE id = %s",
            [cap.id],
        )
        used, limit = map(money, self.world.env.cr.fetchone())
        documents = sum(self._billed(rule)) + sum(self._billed(rule, True))
        if used != total or max(used, documents) > limit:
            yield f"cap: {used} used, slices {total}, documents {documents} of {limit}"

    def _prices(self):
        """I22: what is in use keeps its price."""
        if not self.before:
            return
        for name in ("frozen", "lines"):
            was, now = getattr(self.before, name), getattr(self, name)
            for key in was.keys() & now.keys():
                if was[key] != now[key]:
                    yield f"{name} {key}: {now[key]} instead of {was[key]}"

    def left(self):
        """Return what is not settled though all was billed."""
        world = self.world
        found = []
        for rule in world.contract | world.progress:
            billed, _drafts = self._billed(rule)
            if self.open.get(rule.id):
                found.append(f"{rule.kind}: {self.open[rule.id]} left")
            elif not (self.written.get(rule.id) or rule.id in world.exempt) and (
                billed != money(rule.contract_amount)
            ):
                found.append(f"{rule.kind}: {billed} of {rule.contract_amount} billed")
        if world.retention:
            held = -self._billed(world.retention, True)[0]
            released = self._billed(world.retention)[0]
            if held != released:
                found.append(f"retention: {released} of {held} released at the end")
        if world.deposit:
            sold = self._billed(world.deposit)[0]
            taken = -self._billed(world.deposit, True)[0]
            if sold != taken:
                found.append(f"deposit: {taken} of {sold} deducted at the end")
        return found
