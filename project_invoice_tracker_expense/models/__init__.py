from . import project_billing_item
from . import project_billing_kind_cost
from . import project_billing_leak
from . import project_billing_report_vendor
from . import hr_expense
from . import account_move
from . import product_product
