from . import decisions
from . import exports
from . import receipts
from . import portal_projects
from . import portal_sign_off
from . import portal_pay
from . import portal_question
from . import portal_statement
