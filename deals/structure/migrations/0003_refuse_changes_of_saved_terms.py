from django.db import migrations

from ratings_site.audit.append_only import refuse_changes


class Migration(migrations.Migration):
    dependencies = [("structure", "0002_deal_lists_its_claim_and_forecast")]

    operations = [refuse_changes("structure_dealterms")]
