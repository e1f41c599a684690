from . import project_billing_handover_window
from . import project_billing_setup
from . import project_billing_take_off
