"""One real process for all the tests; reset before each."""

import httpx2 as httpx
import pytest

from sim_spar import answers, api
from sim_spar.testing import running

QUESTION = """<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:q="http://statenspersonadressregister.se/schema/personsok/2023.1/personsokningfraga"
  xmlns:i="http://statenspersonadressregister.se/schema/komponent/metadata/identifieringsinformationWs-1.1"
  xmlns:s="http://statenspersonadressregister.se/schema/komponent/sok/personsokningsokparametrar-1.2"
  xmlns:p="http://statenspersonadressregister.se/schema/komponent/person/person-1.3">
 <soapenv:Header/>
 <soapenv:Body><q:SPARPersonsokningFraga>
  <i:Identifieringsinformation>
   <i:KundNrLeveransMottagare>{delivery}</i:KundNrLeveransMottagare><i:KundNrSlutkund>500243</i:KundNrSlutkund>
   <i:UppdragId>{assignment}</i:UppdragId><i:SlutAnvandarId>{user}</i:SlutAnvandarId>
  </i:Identifieringsinformation>
  <s:PersonsokningFraga><p:IdNummer>{number}</p:IdNummer></s:PersonsokningFraga>
 </q:SPARPersonsokningFraga></soapenv:Body>
</soapenv:Envelope>"""


@pytest.fixture(scope="session")
def simulator():
    with running() as started:
        yield started


@pytest.fixture
def control(simulator):
    simulator.control.reset()
    yield simulator.control
    simulator.control.reset()


class Caller:
    """Asks as a customer does, or as none would."""

    def __init__(self, http, url):
        self.http, self.url = http, url

    def send(self, body, **headers):
        every = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{api.ACTION}"'}
        return self.http.post(self.url, content=body, headers=every | headers)

    def ask(self, number, *, delivery="500243", assignment="637", user="minasidor"):
        return self.send(QUESTION.format(number=number, delivery=delivery, assignment=assignment, user=user))

    def answer(self, number):
        """The one SPARPersonsokningSvar of a question that must be answered."""
        found = self.ask(number)
        assert found.status_code == 200, found.text
        assert found.headers["Content-Type"].startswith("text/xml")
        root = api.fromstring(found.content, forbid_dtd=True)
        [answer] = root.findall(f"{{{answers.SOAP}}}Body/*")
        assert answer.tag == f"{{{answers.ANSWER}}}SPARPersonsokningSvar"
        return answer


@pytest.fixture
def caller(simulator, control):
    with httpx.Client(timeout=5, trust_env=False) as http:
        yield Caller(http, simulator.url)
