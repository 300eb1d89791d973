"""What each kind of help records besides whom, when and who paid: one table a kind, one row an action.

Money stands on the funding lines and nowhere twice; what a detail holds in đồng (a fee a month, a
premium, the cost of a house) is what the sum is explained by. Records that are published figures or
older than these tables have no detail, which is no mistake.
"""

from support.codes import Category
from support.models.action import SupportAction
from support.models.details.base import ActionDetail
from support.models.details.given import GiftDetail, HealthDetail, ReliefDetail
from support.models.details.housing import HousingDetail
from support.models.details.insurance import InsuranceDetail
from support.models.details.livelihood import AssistanceDetail, EmploymentDetail, LivelihoodDetail
from support.models.details.loan import LoanDetail
from support.models.details.tuition import TuitionDetail

DETAILS: dict[str, type[ActionDetail]] = {
    Category.TUITION: TuitionDetail,
    Category.LOANS: LoanDetail,
    Category.HOUSING: HousingDetail,
    Category.INSURANCE: InsuranceDetail,
    Category.HEALTH: HealthDetail,
    Category.GIFTS: GiftDetail,
    Category.EMERGENCY: ReliefDetail,
    Category.COVID: ReliefDetail,
    Category.ASSISTANCE: AssistanceDetail,
    Category.LIVELIHOOD: LivelihoodDetail,
    Category.EMPLOYMENT: EmploymentDetail,
}
RELATED_NAMES = tuple(dict.fromkeys(model._meta.model_name for model in DETAILS.values()))


def detail_of(action: SupportAction) -> ActionDetail | None:
    """The action's detail, of the kind its policy is of; one query where it was not loaded with the action."""
    model = DETAILS.get(action.policy.category)
    return getattr(action, model._meta.model_name, None) if model and action.pk else None
