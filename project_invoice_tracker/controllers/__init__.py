from . import decisions
from . import receipts
