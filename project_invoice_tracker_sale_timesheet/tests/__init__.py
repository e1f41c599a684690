from . import test_ownership
from . import test_reinvoicing
from . import test_milestones
from . import test_concurrency_orders
from . import test_health
from . import test_install
