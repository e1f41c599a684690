from . import (
    account_move_reversal,
    base_partner_merge,
    project_billing_ask_sign_off,
    project_billing_change_quantity,
    project_billing_choose_work,
    project_billing_reason,
    project_billing_setup,
    project_billing_sign_off,
)
from . import project_billing_send
from . import project_billing_write_comment
from . import project_billing_leak_assign
from . import project_billing_question_reply
from . import project_billing_reminder_hold
