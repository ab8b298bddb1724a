"""Open311 as somebody else's client sees it: PyPI's `georeport`, over HTTP, in both formats."""

import pytest
import requests
from georeport import GeoReport

from tests.support.embedded import Run
from tests.support.waiting import wait_for_value

FILED = {
    "service_code": "T-GA-03",
    "address_string": "供电社区幸福路 12 号楼下",
    "first_name": "建国",
    "last_name": "王",
    "phone": "13805610000",
    "description": "烧烤店每晚十一点后还在放音响",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = Run(tmp_path_factory.mktemp("open311") / "data")
    try:
        run.process.start()
        yield run
    finally:
        run.close()


@pytest.mark.parametrize("written", ["json", "xml"])
def test_georeport_reads_files_and_follows_to_closed(run, written):
    root = f"{run.baitong.url}/open311/v2"
    client = GeoReport(root, output_format=written)
    services = client.get_service_list()
    (noise,) = [one for one in services if one["service_code"] == FILED["service_code"]]
    assert noise["service_name"] == "噪声扰民（社会生活噪声）"
    definition = client.get_service_definition(noise["service_code"])
    assert definition["service_code"] == noise["service_code"]
    answer = requests.post(f"{root}/requests.json", data=FILED, timeout=60)  # it only reads
    assert answer.status_code == 201, answer.text
    number = answer.json()[0]["service_request_id"]
    assert client.get_service_request(number)["status"] == "open"
    _do_it(run, number)
    wait_for_value(lambda: client.get_service_request(number)["status"], "closed", 90, "closed")
    seen = client.get_service_request(number)
    assert seen["agency_responsible"] == "公安分局"
    assert seen["status_notes"] == "已办结"
    assert seen["expected_datetime"]
    assert "没有解决" in seen["service_notice"]
    closed = client.get_service_requests(service_code=noise["service_code"], status="closed")
    listed = closed if isinstance(closed, list) else [closed]  # one alone in XML is no list
    assert number in {one["service_request_id"] for one in listed}


def _do_it(run, number):
    """Whoever is on duty transfers it; the department answers."""
    desk, officer = run.baitong.person("desk"), run.baitong.person("dept-ga")
    desk.act(number, "transfer", department="ga", reason="超出社区职责")
    state = lambda: [one["state"] for one in officer.orders_of(number)]  # noqa: E731
    wait_for_value(state, ["dispatched"], 90, "the order")
    (order,) = officer.orders_of(number)
    officer.answer(order["number"], "contacted", note="已联系")
    officer.answer(order["number"], "completed", result="已到现场劝离，店主承诺十点停业。")
