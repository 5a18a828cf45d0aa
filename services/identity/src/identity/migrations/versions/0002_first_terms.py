"""The first terms of use (T16). New terms are a new row in a new migration; nobody's accepted text ever changes."""

import sqlalchemy as sa
from alembic import op

revision = "0002_first_terms"
down_revision = "0001_persons_logins_sessions"

VERSION = "2026-11-01"

TEXT_SV = """\
Villkor för Mina sidor

1. Vad Mina sidor är
På Mina sidor ser du dina avtal, fakturor, din förbrukning och dina ärenden hos oss. Du kan lämna \
mätarställningar, göra beställningar och välja vem mer som får se och göra samma saker som du.

2. Vem som får använda tjänsten
Du loggar in med BankID. Du ser det som hör till avtal där du själv står som ägare, och till konton där någon \
har gett dig behörighet. Lämna aldrig ut ditt BankID, och logga aldrig in för att någon annan ber dig.

3. Behörigheter
Den du ger behörighet till kan se och göra samma saker som du på kontot, om du inte begränsar det. Du kan när \
som helst ta bort en behörighet som du har gett. Vi antecknar vem som har gjort vad på kontot.

4. Meddelanden
Vi skickar meddelanden till den e-postadress och det mobilnummer som du anger. Du ansvarar för att de är \
rätta. Vissa meddelanden om säkerhet och om ditt konto går inte att välja bort.

5. Personuppgifter
Vi behandlar ditt personnummer för att veta att det är du, och dina uppgifter för att kunna leverera tjänsten, \
hantera dina ärenden och föra statistik. Personnumret sparas krypterat. Vi sparar underlaget från din \
legitimering som bevis. Du har rätt att få veta vilka uppgifter vi har, att få fel rättade och att klaga hos \
Integritetsskyddsmyndigheten.

6. Inaktivitet
Är du inaktiv i 30 minuter loggas du ut automatiskt. Logga ut och stäng webbläsaren om du använder en dator \
som andra också använder.

7. Ändringar
Ändrar vi villkoren får du läsa och godkänna de nya innan du fortsätter.
"""

TEXT_EN = """\
Terms of use of Mina sidor

1. What Mina sidor is
On Mina sidor you see your agreements, invoices, consumption and cases with us. You can send meter readings, \
make orders and choose who else may see and do the same things as you.

2. Who may use the service
You log in with BankID. You see what belongs to agreements that you own yourself, and to accounts where \
somebody has given you access. Never hand over your BankID, and never log in because somebody else asks you \
to.

3. Access for others
Those whom you give access can see and do the same things as you in the account, unless you limit it. You can \
remove an access that you have given at any time. We record who has done what in the account.

4. Messages
We send messages to the e-mail address and mobile number that you give. You are responsible for their being \
right. Some messages about security and about your account cannot be switched off.

5. Personal data
We process your personal identity number to know that it is you, and your data to deliver the service, handle \
your cases and keep statistics. The number is stored encrypted. We keep the proof of your identification as \
evidence. You have the right to know which data we hold, to have errors corrected, and to complain to the \
Swedish Authority for Privacy Protection.

6. Inactivity
If you are inactive for 30 minutes you are logged out automatically. Log out and close the browser if you use \
a computer that others use too.

7. Changes
If we change the terms, you will read and accept the new ones before you go on.
"""


def upgrade() -> None:
    terms = sa.table(
        "terms",
        sa.column("version", sa.Text),
        sa.column("valid_from", sa.DateTime(timezone=True)),
        sa.column("text_sv", sa.Text),
        sa.column("text_en", sa.Text),
    )
    op.execute(
        sa.insert(terms).values(
            version=VERSION,
            valid_from=sa.text("'2026-11-01T00:00:00Z'"),
            text_sv=TEXT_SV,
            text_en=TEXT_EN,
        )
    )
