"""The short forms of what happens in a household's life: one class a kind, each with its own fields only.

form = FORMS["split"](request.POST, household=household, user=request.user)
if form.is_valid(): done = form.save(by=request.user)

The files are those of households/life/.
"""

from households.forms.life.base import LifeForm
from households.forms.life.members import BornForm, DiedForm, DiedOutForm, HeadForm, JoinedForm, LeftForm
from households.forms.life.moves import MovedForm, MovedInForm, MovedOutForm, MovedWardForm
from households.forms.life.split_and_merge import MergeForm, SplitForm
from households.forms.life.undo import UndoForm

__all__ = ["FORMS", "LifeForm", "UndoForm"]

# As the page “Biến động” lists them; the key stands in the address.
FORMS: dict[str, type[LifeForm]] = {
    "born": BornForm,
    "joined": JoinedForm,
    "left": LeftForm,
    "died": DiedForm,
    "head": HeadForm,
    "split": SplitForm,
    "merge": MergeForm,
    "moved": MovedForm,
    "moved-ward": MovedWardForm,
    "moved-out": MovedOutForm,
    "moved-in": MovedInForm,
    "died-out": DiedOutForm,
}
