from . import test_credit
from . import test_invoice
from . import test_request
from . import test_sources
