from django.db import migrations

from ratings_site.audit.append_only import refuse_changes

JUDGED = (
    "servicer_id",
    "number",
    "assessed_on",
    "has_backup",
    "score",
    "grade",
    "plan_credibility",
    "summary",
    "criteria_id",
    "drafted_by_id",
    "approved_by_id",
    "in_force_from",
)


class Migration(migrations.Migration):
    dependencies = [("servicers", "0002_assessments_name_their_criteria")]

    operations = [
        refuse_changes("servicers_assessment", when="status <> 'draft'", columns=JUDGED),
        refuse_changes("servicers_dimensionscore"),
        refuse_changes("servicers_staticpool"),
    ]
