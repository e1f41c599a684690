from . import test_concurrency
from . import test_credit
from . import test_invoice
from . import test_request
from . import test_sources
from . import test_tours
