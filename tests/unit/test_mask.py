import pytest

from shared.mask import mask_text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请打13805610000找我", "请打138****0000找我"),
        ("+86 138 0561 0000", "138****0000"),
        ("身份证340603198001010019。", "身份证340603********0019。"),
        ("34060319800101001X", "340603********001X"),
        ("座机0561-3012345", "座机0561-****345"),
        ("王建国家漏水", "王**家漏水"),
        ("编号 XS-261121-00042-7，120 元", "编号 XS-261121-00042-7，120 元"),
    ],
)
def test_free_text_keeps_no_number_and_no_name(text, masked):
    assert mask_text(text, "王建国") == masked
